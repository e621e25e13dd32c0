"""What the two storerooms keep, and which words in the title of a job ask for what. Makers and numbers are invented."""

from __future__ import annotations

from dataclasses import dataclass

# (words of a title, or none for any other job; parts by number with how many)
Needs = list[tuple[tuple[str, ...], list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Spare:
    category: str
    number: str
    name: str
    unit: str
    cost: str
    kept_in: str
    makers: tuple[tuple[str, str], ...] = ()
    instead: tuple[str, ...] = ()
    note: str = ""


def each(category: str, number: str, name: str, cost: str, kept_in: str, **more: object) -> Spare:
    return Spare(category, number, name, "each", cost, kept_in, **more)  # type: ignore[arg-type]


MINE: tuple[Spare, ...] = (
    each("Ground engaging tools", "GET-1040", "Bucket tooth, heavy duty", "412.00", "Yard, rack G1",
         makers=(("Karrak Steel", "KS-7740-HD"), ("Ironbark GET", "IB 550 T")), instead=("GET-1041",)),
    each("Ground engaging tools", "GET-1041", "Bucket tooth, rock", "468.50", "Yard, rack G1",
         makers=(("Karrak Steel", "KS-7740-R"),), instead=("GET-1040",)),
    each("Ground engaging tools", "GET-1044", "Tooth pin and retainer", "38.20", "Warehouse A-02-1",
         makers=(("Karrak Steel", "KS-7741"),)),
    each("Ground engaging tools", "GET-1060", "Lip shroud, centre", "1290.00", "Yard, rack G2"),
    each("Ground engaging tools", "GET-1072", "Side cutter, left", "1744.00", "Yard, rack G2"),
    each("Hydraulic hoses", "HYH-2016", "Hydraulic hose 1\" 4SP, 1.6 m", "186.40", "Warehouse B-01-3",
         makers=(("Flowline", "4SP-16-1600"),), instead=("HYH-2018",)),
    each("Hydraulic hoses", "HYH-2018", "Hydraulic hose 1\" 4SP, 1.8 m", "204.10", "Warehouse B-01-3",
         makers=(("Flowline", "4SP-16-1800"),)),
    each("Hydraulic hoses", "HYH-2032", "Boom cylinder hose 1 1/2\" 4SH, 2.4 m", "522.75", "Warehouse B-01-4",
         makers=(("Flowline", "4SH-24-2400"), ("Southern Fluid", "SF-24H-2.4"))),
    Spare("Hydraulic hoses", "HYH-3008", "Hose 1/2\" 2SN, by the metre", "m", "17.9500", "Warehouse B-02-1",
          (("Flowline", "2SN-08-R"),)),
    each("Hydraulic fittings", "HYF-4110", "Flange half 1 1/2\" code 62", "64.30", "Warehouse B-03-2"),
    each("Hydraulic fittings", "HYF-4121", "Adapter JIC 1\" to ORFS 1\"", "41.85", "Warehouse B-03-2"),
    each("Seals", "SEL-5001", "Seal kit, boom cylinder", "684.00", "Warehouse C-01-1",
         makers=(("Nordseal", "NS-BC-280"),)),
    each("Seals", "SEL-5002", "Seal kit, stick cylinder", "611.00", "Warehouse C-01-1",
         makers=(("Nordseal", "NS-SC-250"),)),
    each("Seals", "SEL-5003", "Seal kit, bucket cylinder", "598.00", "Warehouse C-01-2",
         makers=(("Nordseal", "NS-BU-220"),), instead=("SEL-5002",), note="With the wiper of the old kit"),
    each("Seals", "SEL-5044", "O-ring kit, metric, 400 pieces", "89.00", "Warehouse C-01-4"),
    each("Filters", "FIL-6010", "Engine oil filter", "48.60", "Warehouse A-01-1",
         makers=(("Puretek", "PT-9118"), ("Cleanflow", "CF 202")), instead=("FIL-6011",)),
    each("Filters", "FIL-6011", "Engine oil filter, long life", "71.20", "Warehouse A-01-1",
         makers=(("Puretek", "PT-9118XL"),)),
    each("Filters", "FIL-6020", "Fuel filter, primary", "56.90", "Warehouse A-01-2", makers=(("Puretek", "PT-4471"),)),
    each("Filters", "FIL-6021", "Fuel filter, secondary", "52.35", "Warehouse A-01-2", makers=(("Puretek", "PT-4472"),)),
    each("Filters", "FIL-6030", "Air filter, outer", "164.00", "Warehouse A-01-4"),
    each("Filters", "FIL-6031", "Air filter, inner", "118.00", "Warehouse A-01-4"),
    each("Filters", "FIL-6044", "Hydraulic return filter", "233.00", "Warehouse A-01-5",
         makers=(("Cleanflow", "HR 1410"),)),
    each("Engine", "ENG-7003", "Coolant hose, upper", "92.10", "Warehouse A-03-1"),
    each("Engine", "ENG-7010", "V-belt set, fan drive", "138.40", "Warehouse A-03-2"),
    each("Engine", "ENG-7022", "Starter motor 24 V", "1185.00", "Warehouse A-03-5", makers=(("Voltara", "ST-24-9"),)),
    each("Electrical", "ELE-8001", "LED work lamp 24 V, 60 W", "146.00", "Warehouse D-01-1",
         makers=(("Brightway", "BW-60S"),)),
    each("Electrical", "ELE-8010", "Battery 12 V 220 Ah", "398.00", "Warehouse D-02-1"),
    each("Electrical", "ELE-8030", "Pressure sensor 0–600 bar", "274.50", "Warehouse D-01-3"),
    each("Undercarriage", "UND-9005", "Track pad bolt and nut, M30", "21.40", "Warehouse E-01-1"),
    each("Undercarriage", "UND-9010", "Bottom roller", "2860.00", "Yard, rack U1"),
    Spare("Lubricants", "LUB-0100", "Grease EP 2, drum", "kg", "9.8500", "Fuel farm, bay 2",
          (("Westlube", "EP2-180"),)),
    Spare("Lubricants", "LUB-0110", "Hydraulic oil ISO 68", "l", "6.4200", "Fuel farm, tank 3"),
    Spare("Lubricants", "LUB-0120", "Engine oil 15W-40", "l", "7.1500", "Fuel farm, tank 1"),
    each("Cabin", "CAB-1101", "Wiper blade 800 mm", "34.60", "Warehouse F-01-1"),
    each("Cabin", "CAB-1110", "Air conditioner filter", "44.75", "Warehouse F-01-2"),
)  # fmt: skip

NEEDS_OF_MINE: Needs = [
    (("tooth", "teeth", "tip", "bucket", "shroud"), [("GET-1040", "5"), ("GET-1044", "5")]),
    (("hose",), [("HYH-2016", "1"), ("HYF-4110", "2"), ("LUB-0110", "20")]),
    (("boom", "stick", "cylinder", "cyl"), [("SEL-5001", "1"), ("LUB-0110", "45.5")]),
    (("grease", "lube"), [("LUB-0100", "12.5"), ("HYH-3008", "3.2")]),
    (("light", "lamp"), [("ELE-8001", "2")]),
    (("a/c", "air con", "aircon", "cab", "wiper"), [("CAB-1110", "1"), ("CAB-1101", "1")]),
    (("engine", "coolant", "fan", "service"), [("FIL-6010", "2"), ("FIL-6020", "1"), ("LUB-0120", "38")]),
    (("track", "roller", "idler"), [("UND-9005", "8")]),
    (("elec", "batter", "sensor", "fault", "start"), [("ELE-8030", "1")]),
    (("oil", "leak", "pump"), [("SEL-5044", "1"), ("LUB-0110", "15")]),
    ((), [("FIL-6044", "1"), ("LUB-0110", "10")]),
    ((), [("SEL-5044", "1")]),
    ((), [("ELE-8001", "1"), ("HYF-4121", "2")]),
]

CAMPUS: tuple[Spare, ...] = (
    each("Filters", "AF-2020", "Air filter 20×20×2, MERV 8", "6.40", "Store 1, shelf A1",
         makers=(("Clearair", "CA-20202-8"),), instead=("AF-2021",)),
    each("Filters", "AF-2021", "Air filter 20×20×2, MERV 13", "14.90", "Store 1, shelf A1",
         makers=(("Clearair", "CA-20202-13"),)),
    each("Filters", "AF-2424", "Air filter 24×24×4, MERV 13", "27.80", "Store 1, shelf A2"),
    each("Filters", "WF-0010", "Water filter cartridge, drinking fountain", "61.00", "Store 1, shelf A3"),
    each("Belts", "VB-A42", "V-belt A42", "9.20", "Store 1, hook 1", makers=(("Drivon", "A42"),), instead=("VB-A43",)),
    each("Belts", "VB-A43", "V-belt A43", "9.35", "Store 1, hook 1", makers=(("Drivon", "A43"),)),
    each("Belts", "VB-B60", "V-belt B60", "15.75", "Store 1, hook 2", makers=(("Drivon", "B60"),)),
    each("Bearings", "BR-205", "Pillow block bearing 1\"", "38.40", "Store 1, drawer 4"),
    each("Lamps", "LM-T8-4", "LED tube T8, 4 ft, 4000 K", "7.10", "Store 2, rack L1",
         makers=(("Lumenco", "T8-4-40"), ("Brightway", "BW-T8-120")), instead=("LM-T8-5",)),
    each("Lamps", "LM-T8-5", "LED tube T8, 4 ft, 5000 K", "7.10", "Store 2, rack L1", makers=(("Lumenco", "T8-4-50"),)),
    each("Lamps", "LM-A19", "LED bulb A19, 9 W", "2.85", "Store 2, rack L2"),
    each("Lamps", "LM-EX", "Exit sign battery 3.6 V", "18.60", "Store 2, rack L3"),
    each("Lamps", "LM-BAL", "Ballast, two lamps", "24.30", "Store 2, rack L3"),
    each("Plumbing", "PL-FLAP", "Toilet flapper 2\"", "5.15", "Store 3, bin 1"),
    each("Plumbing", "PL-FILL", "Toilet fill valve", "12.40", "Store 3, bin 1", makers=(("Quillwater", "QF-400"),)),
    each("Plumbing", "PL-WAX", "Wax ring with flange", "4.90", "Store 3, bin 2"),
    each("Plumbing", "PL-CART", "Faucet cartridge, ceramic", "21.70", "Store 3, bin 3", makers=(("Quillwater", "QC-35"),)),
    each("Plumbing", "PL-AER", "Faucet aerator 1.5 gpm", "3.20", "Store 3, bin 3"),
    each("Plumbing", "PL-TRAP", "P-trap 1 1/2\"", "9.60", "Store 3, bin 4"),
    Spare("Plumbing", "PL-PEX", "PEX pipe 1/2\"", "ft", "0.4800", "Store 3, reel"),
    each("Valves", "VA-BALL-34", "Ball valve 3/4\" brass", "16.80", "Store 3, shelf V1",
         makers=(("Ashford", "BV-34"),), instead=("VA-BALL-1",), note="With a reducer"),
    each("Valves", "VA-BALL-1", "Ball valve 1\" brass", "24.20", "Store 3, shelf V1", makers=(("Ashford", "BV-100"),)),
    each("Valves", "VA-ZONE", "Zone valve 24 V", "88.50", "Store 3, shelf V2"),
    each("Valves", "VA-RAD", "Radiator valve, thermostatic", "47.90", "Store 3, shelf V2"),
    each("Doors and locks", "DL-CLOSER", "Door closer, size 3", "112.00", "Store 4, shelf 1", makers=(("Portalis", "DC-3"),)),
    each("Doors and locks", "DL-CYL", "Lock cylinder, keyed", "39.50", "Store 4, shelf 2"),
    each("Doors and locks", "DL-HINGE", "Hinge 4 1/2\", ball bearing", "14.20", "Store 4, shelf 2"),
    each("Furniture", "FU-GLIDE", "Chair glide, set of four", "2.40", "Store 4, bin 7"),
    each("Furniture", "FU-SLIDE", "Drawer slide 18\", pair", "13.90", "Store 4, bin 8"),
    each("Kitchen", "KI-GASKET", "Refrigerator door gasket", "58.00", "Store 2, shelf K1"),
    each("Kitchen", "KI-ELEM", "Oven bake element 240 V", "43.60", "Store 2, shelf K1"),
    each("Electrical", "EL-GFCI", "GFCI outlet 20 A", "19.40", "Store 2, rack E1"),
    each("Electrical", "EL-SWITCH", "Wall switch, single pole", "2.10", "Store 2, rack E1"),
    each("Electrical", "EL-CAP", "Run capacitor 35/5 µF", "17.25", "Store 2, rack E2"),
    Spare("Consumables", "CO-SEAL", "Silicone sealant, clear", "tube", "6.7500", "Store 3, bin 9"),
)  # fmt: skip

NEEDS_OF_CAMPUS: Needs = [
    (("toilet", "flush", "cistern"), [("PL-FILL", "1"), ("PL-FLAP", "1")]),
    (("tap", "faucet", "sink", "drip", "basin"), [("PL-CART", "1"), ("PL-AER", "2")]),
    (("light", "lamp", "flicker", "bulb"), [("LM-T8-4", "4"), ("LM-BAL", "1")]),
    (("exit", "emergency"), [("LM-EX", "2")]),
    (("door", "lock", "hinge"), [("DL-CLOSER", "1"), ("DL-HINGE", "3")]),
    (("fridge", "refrigerator", "freezer"), [("KI-GASKET", "1")]),
    (("oven", "stove", "cooker"), [("KI-ELEM", "1")]),
    (("desk", "chair", "drawer", "wardrobe", "bed", "sofa", "table"), [("FU-SLIDE", "1"), ("FU-GLIDE", "2")]),
    (("heat", "radiator", "cold", "hot"), [("VA-RAD", "1"), ("VA-ZONE", "1")]),
    (("air", "fan", "ventilation", "ahu"), [("VB-A42", "2"), ("AF-2020", "6")]),
    (("leak", "water", "pipe", "shower"), [("VA-BALL-34", "1"), ("PL-PEX", "7.5"), ("CO-SEAL", "1")]),
    (("outlet", "socket", "power", "switch"), [("EL-GFCI", "1")]),
    ((), [("CO-SEAL", "1")]),
    ((), [("AF-2424", "4"), ("VB-B60", "1")]),
    ((), [("LM-A19", "3")]),
]
