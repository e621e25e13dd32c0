"""The five excavators and where in a machine each functional location of the maintenance system belongs."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    letter: str
    name: str
    model: str
    serial: str
    place: str


# Model and fleet number are read off the machine-level functional locations of the file; the places are invented.
MACHINES = (
    Machine("A", "Excavator A", "RH120C", "", "NP-SOUTH"),
    Machine("B", "Excavator B", "RH120C", "", "NP-WORKSHOP-1"),
    Machine("C", "Excavator C", "RH120E", "SHD23", "NP-SOUTH"),
    Machine("D", "Excavator D", "RH120E", "SHD24", "NP-NORTH"),
    Machine("E", "Excavator E", "RH120E", "SHD26", "NP-NORTH"),
)

WHOLE_MACHINE = ""
# The major systems, and the code each has in an asset's tag.
SYSTEMS = {
    "Boom, stick and bucket": "BOOM",
    "Electrical and controls": "ELEC",
    "Engines": "ENG",
    "Fire suppression": "FIRE",
    "Hydraulic system": "HYD",
    "Lubrication": "LUBE",
    "Operator's cabin": "CAB",
    "Pump drive": "PUMP",
    "Slew": "SLEW",
    "Superstructure": "SUPER",
    "Undercarriage": "UC",
}
_RULES = tuple(
    (system, re.compile(pattern, re.IGNORECASE))
    for system, pattern in (
        (WHOLE_MACHINE, r"rh120|^machine$|other systems|other components"),
        ("Fire suppression", r"fire"),
        ("Superstructure", r"stairs|ladder"),
        ("Lubrication", r"grease|lube|lubric"),
        ("Operator's cabin", r"cabin|seat|air cond|a/c |joystick|pedal|glass|console|communic"),
        ("Slew", r"slew"),
        ("Undercarriage", r"track|idler|roller|sprocket|undercarriage|propel|travel|final drive|car body|brake"),
        ("Boom, stick and bucket", r"bucket|clam|boom|stick|implement|linkage|toggle|cylinder shovel"),
        ("Pump drive", r"gearbox|transmission|power train|drive coupling|gearcase"),
        (
            "Engines",
            r"engine|\beng\b|turbo|radiator|water pump|coolant|fuel|inject|aftercool|induction|exhaust|start|charging",
        ),
        ("Hydraulic system", r"hyd|cooling oil|servo|valves|main .*pump|motors and cylinders"),
        (
            "Electrical and controls",
            r"electr|light|batter|card|alarm|alternator|mon(i?t|t)or|display|control|protection|power",
        ),
        ("Engines", r"cooling|fan|air compressor"),
        ("Superstructure", r""),
    )
)


def system_of(functional_location: str) -> str:
    """The major system it is part of; empty for the machine as a whole. The first rule that matches decides."""
    return next(system for system, pattern in _RULES if pattern.search(functional_location))
