"""What the published work order API prints: requests, answers, parameters, values and errors.

`read(text)` takes them out of the document. The facts of its last reading are kept beside this module (`printed.json`, names
and examples only), so that the test runs where the document is not at hand; where it is, both must be equal.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

PRINTED = Path(__file__).with_name("printed.json")
DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "reference" / "f7i-work-orders-api.txt"
ENDPOINT = re.compile(r"^Endpoint: (GET|POST|PUT|DELETE) (/\S+)$")
ERROR = re.compile(r"^(\d{3}) [A-Z]\w+")
VALUE = re.compile(r"^- (\w+): ")
PARAMETERS = (
    "limit", "offset", "search", "status", "priority", "assetId", "assignedTo", "createdAfter", "createdBefore",
)  # fmt: skip
ROW = re.compile(r"^\| (GET|POST|PUT|DELETE) \| (/\S+) \| (.+) \|$")


def read(text: str) -> dict[str, Any]:
    """`operations` in the document's order, each with what it prints; `endpoints` of its tables; `values`; `errors`."""
    lines = text.splitlines()
    operations: list[dict[str, Any]] = []
    endpoints: list[list[str]] = []
    values: dict[str, list[str]] = {}
    errors: dict[str, Any] = {}
    operation: dict[str, Any] = {}
    heading = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if row := ROW.match(line):
            endpoints.append([row[1], row[2]])
        elif found := ENDPOINT.match(line):
            operation = {"method": found[1], "path": found[2]}
            operations.append(operation)
        elif line == "Query Parameters:":
            operation["parameters"] = [parameter(text) for text in re.findall(r"(\w+)\(optional\)", lines[number])]
        elif line == "Request: Multipart form data with file":
            operation["multipart"] = True
        elif line in ("Request Body:", "Response:"):
            number, operation["body" if line == "Request Body:" else "answer"] = block(lines, number)
        elif line.startswith("curl "):
            operation["curl"] = re.findall(r'"https://[^/]+/prod(/\S+)"', line)[0]
        elif found := ERROR.match(line):
            number, errors[found[1]] = block(lines, number)
        elif found := VALUE.match(line):
            values.setdefault(heading, []).append(found[1])
        else:
            heading = line
    return {"endpoints": endpoints, "operations": operations, "values": values, "errors": errors}


def parameter(text: str) -> str:
    """The document's line breaks are lost, so a name sticks to the word before it: `returnoffset`."""
    return next(name for name in PARAMETERS if text.endswith(name))


def block(lines: list[str], start: int) -> tuple[int, Any]:
    """The JSON that begins on this line, and the line after it."""
    reader, text = json.JSONDecoder(), "\n".join(lines[start:])
    value, end = reader.raw_decode(text)
    return start + text[:end].count("\n") + 1, value


def printed() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(PRINTED.read_text())
    return kept
