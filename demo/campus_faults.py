"""What is reported on a campus, by the first words of a product's name. Written for the demo; no file has them."""

FAULTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Toilet Tissue": (("Tissue dispenser loose on the wall", "corrective"),),
    "Toilet Grab": (("Grab bar moves when leant on", "emergency"),),
    "Toilet": (
        ("Toilet keeps running after flushing", "corrective"),
        ("Toilet blocked", "emergency"),
        ("Replace toilet fill valve", "corrective"),
    ),
    "Basin": (("Basin drains slowly", "corrective"), ("Tap drips at the basin", "corrective")),
    "Washing Machine": (
        ("Washing machine does not drain", "corrective"),
        ("Clean lint trap and check hoses of the washing machine", "preventive"),
    ),
    "Dryer": (
        ("Dryer stops after two minutes", "corrective"),
        ("Clean exhaust duct of the dryer", "preventive"),
    ),
    "Refrigerator": (
        ("Refrigerator too warm: 11 degrees at the door", "emergency"),
        ("Clean condenser coil", "preventive"),
    ),
    "Freezer": (("Freezer iced up, door does not seal", "corrective"),),
    "Undercounter": (("Dishwasher leaks at the front", "corrective"),),
    "Oven": (("Left burner does not light", "corrective"), ("Gas hose inspection", "inspection")),
    "Microwave": (("Microwave door switch does not make", "corrective"),),
    "Range Hood": (("Degrease filters of the range hood", "preventive"),),
    "Full Size": (("Ice maker gives no ice", "corrective"),),
    "Treadmill": (("Treadmill belt slips", "corrective"), ("Calibrate treadmill speed", "calibration")),
    "Exercise": (("Cable frayed, machine taken out of use", "emergency"), ("Yearly safety inspection", "inspection")),
    "Television": (("No picture on the television", "corrective"),),
    "Door": (
        ("Door does not latch", "corrective"),
        ("Door closer leaks oil", "corrective"),
        ("Lock sticks, key hard to turn", "corrective"),
        ("Fire door inspection", "inspection"),
    ),
    "Window": (
        ("Window does not close", "corrective"),
        ("Draught at the window, seal worn", "corrective"),
        ("Cracked pane", "emergency"),
    ),
    "Blackout": (("Blackout shade stuck half way", "corrective"),),
    "Dormitory Bed": (("Bed frame broken at the head end", "corrective"),),
    "Dormitory Desk": (("Desk lamp flickers", "corrective"), ("Drawer runner of the desk broken", "corrective")),
    "Table Lamp": (("Lamp does not come on", "corrective"),),
    "Emergency": (("Monthly check of the emergency cabinet", "inspection"),),
    "Recessed": (("Medicine cabinet door off its hinge", "corrective"),),
}

# For a whole building, where no equipment is on record.
BUILDING_FAULTS: tuple[tuple[str, str], ...] = (
    ("No heating on the ground floor", "emergency"),
    ("Roof leaks above the stairwell", "corrective"),
    ("Lights out in the corridor", "corrective"),
    ("Lift stops between floors", "emergency"),
    ("Monthly fire alarm test", "inspection"),
    ("Replace air filters", "preventive"),
    ("Quarterly check of the boilers", "preventive"),
    ("Smell of gas reported, checked and cleared", "emergency"),
    ("Chiller trips on high pressure", "corrective"),
    ("Fit occupancy sensors in the meeting rooms", "modification"),
)


def fault_of(product: str, turn: int) -> tuple[str, str] | None:
    """Title and type of a fault this product could have, another one for another turn."""
    for words, faults in FAULTS.items():
        if product.startswith(words):
            return faults[turn % len(faults)]
    return None
