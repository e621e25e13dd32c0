"""The words of the excavator file for what failed, and the failure mode of ISO 14224 each stands for."""

ISO_CODE = {
    "Leak": "ELU",
    "Structural Integrity": "STD",
    "Accidental Damage": "STD",
    "Over Temp": "OHE",
    "Smoke / Burning": "OHE",
    "Fail to Start": "FTS",
    "Fail to Stop": "STP",
    "Fluid Levels": "PDE",
    "Over pressure": "PDE",
    "Voltage Out of Parameter": "PDE",
    "Warning Light": "AIR",
    "Seized": "BRD",
    "Noise": "NOI",
    "Overfuel": "HIO",
    "Missing / Loose": "OTH",
    "Contamination": "OTH",
    "Unspecified": "UNK",
}


def code_of(modes: tuple[str, ...]) -> str:
    """The code of the first mode that has one; "Hours" (replaced by age) is no failure and has none."""
    return next((ISO_CODE[mode] for mode in modes if mode in ISO_CODE), "")
