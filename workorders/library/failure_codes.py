"""The failure codes that ship: problems and causes named as in ISO 14224 (see iso14224/README.md), remedies in our own words."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workorders.choices import CodeKind

FOLDER = Path(__file__).parent / "iso14224"
MODES = "iso14224_failureModeCode.csv"
MECHANISMS = "iso14224_class_failuremechanism.csv"
CLASSES = "iso14224_equipmentClass_equipmentClassCode.csv"
MATRIX = "ISO14224_failureModeCode_equipClassCode_matrix.csv"
# Slips of the pen in the files, which stay as they were published.
MENDED = {"acceptanace": "acceptance", "Crakcs": "cracks", "repond": "respond", "sustances": "substances"}
# Named and given classes in the files, but left out of the list of codes.
LEFT_OUT = [["UST", "Spurious stop", "Unexpected shutdown"]]
# Where the label of a mechanism does not read as words.
NAMES = {
    "1.0": "Mechanical failure, general",
    "1.3": "Clearance or alignment",
    "2.0": "Material failure, general",
    "3.0": "Instrument failure, general",
    "3.1": "Control failure",
    "3.2": "No signal, indication or alarm",
    "3.3": "Faulty signal, indication or alarm",
    "3.6": "Common cause",
    "4.0": "Electrical failure, general",
    "5.0": "External influence, general",
    "5.1": "Blocked or plugged",
    "5.3": "Other external influence",
    "6.0": "Miscellaneous, general",
    "6.3": "Other mechanism",
    "6.4": "Unknown mechanism",
}
REMEDIES = (
    ("REPLACE", "Replaced", "The part or unit was exchanged for a new or overhauled one."),
    ("REPAIR", "Repaired", "Restored without a new part: welded, rewound, re-terminated."),
    ("ADJUST", "Adjusted", "Set back into its limits: tension, clearance, pressure, position."),
    ("ALIGN", "Aligned or balanced", "Shafts, belts or rotors brought into line or balance."),
    ("TIGHTEN", "Tightened or refitted", "Loose or missing fasteners, guards and connections made good."),
    ("CLEAN", "Cleaned", "Dirt, scale, blockage or build-up removed."),
    ("LUBRICATE", "Lubricated", "Greased or oiled; lubricant exchanged."),
    ("TOPUP", "Topped up or refilled", "Fluid, gas or refrigerant brought back to its level."),
    ("RESEAL", "Resealed", "Gasket, packing, hose or seal renewed against a leak."),
    ("CALIBRATE", "Calibrated", "Instrument compared with a standard and corrected."),
    ("RESET", "Reset or restarted", "Trip, fault or controller reset; came back without repair."),
    ("SOFTWARE", "Settings or software changed", "Parameter, program or firmware corrected."),
    ("OVERHAUL", "Overhauled", "Taken apart, inspected and rebuilt as a whole."),
    ("MODIFY", "Modified", "Changed so that it will not happen again in this way."),
    ("TEMPORARY", "Repaired for the time being", "Runs again; the lasting repair is still to be done."),
    ("CHECKED", "Checked, no fault found", "Inspected and tested; nothing was wrong or it could not be reproduced."),
    ("RETIRED", "Taken out of service", "Not worth repairing, or unsafe: isolated and marked."),
)
# Words in the name of a category that tell its class; the first that fits decides.
WORDS = {
    "HE": "exchanger cooler condenser evaporator radiator chiller",
    "HB": "boiler heater furnace burner",
    "FGB": "gas-detection gas-detector",
    "PU": "pump",
    "EM": "motor",
    "AG": "agitator mixer",
    "CR": "crane hoist winch",
    "VA": "valve",
    "NO": "nozzle",
    "PI": "pipe piping pipework",
    "VE": "vessel receiver",
    "TA": "tank silo cistern",
    "SS": "structure stair handrail guard ladder",
    "EI": "electrical switchgear interlock switchboard",
    "IP": "sensor transmitter switch",
    "CL": "plc controller",
    "IC": "instrument instrumentation",
}
NUMBER = re.compile(r"\s*14224\((\d\.\d)\)\s*$")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class ShippedCode:
    kind: str
    code: str
    name: str
    description: str
    position: int
    classes: frozenset[str] = frozenset()


def rows(name: str) -> list[list[str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return [[mended(cell.strip()) for cell in row] for row in csv.reader(file)][0 if name == MATRIX else 1 :]


def mended(text: str) -> str:
    for wrong, right in MENDED.items():
        text = text.replace(wrong, right)
    return text


@cache
def equipment_classes() -> dict[str, str]:
    """Code → name of the classes of equipment."""
    return {code: name for name, code in rows(CLASSES)}


def applying() -> dict[str, frozenset[str]]:
    """Problem code → the classes it applies to. Some codes stand in two rows of the matrix."""
    (_, *columns), *body = rows(MATRIX)
    found: dict[str, set[str]] = defaultdict(set)
    for code, *marks in body:
        found[code] |= {column for column, mark in zip(columns, marks, strict=False) if mark}
    return {code: frozenset(classes) for code, classes in found.items()}


@cache
def shipped() -> tuple[ShippedCode, ...]:
    classes = applying()
    found = [
        ShippedCode(CodeKind.PROBLEM, code, name, text, position, classes.get(code, frozenset()))
        for position, (code, name, text) in enumerate(
            sorted(rows(MODES) + LEFT_OUT, key=lambda row: row[1].casefold()), start=1
        )
    ]
    mechanisms = []
    for _, _, label, text, _ in rows(MECHANISMS):
        if number := NUMBER.search(text):
            words = HUMP.sub(" ", label).removesuffix(" Failure").capitalize()
            mechanisms.append((number[1], NAMES.get(number[1], words), NUMBER.sub("", text)))
    found += [
        ShippedCode(CodeKind.CAUSE, code, name, text, position)
        for position, (code, name, text) in enumerate(sorted(mechanisms), start=1)
    ]
    found += [
        ShippedCode(CodeKind.REMEDY, code, name, text, position)
        for position, (code, name, text) in enumerate(REMEDIES, start=1)
    ]
    return tuple(found)


def class_of(category: str) -> str:
    """The class that a category's name tells, or ""."""
    for code, name in equipment_classes().items():
        if name.casefold() == category.strip().casefold():
            return code
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]+", category.casefold())}
    for code, known in WORDS.items():
        if any(set(one.split("-")) <= words for one in known.split()):
            return code
    return ""
