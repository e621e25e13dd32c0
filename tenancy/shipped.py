"""What a new tenant starts with: the seven shipped roles (editable) and a working week."""

from __future__ import annotations

import datetime as dt

from tenancy.permissions import PERMISSIONS

READ = ["asset.view", "location.view", "people.view"]
MANAGE_WORK = [
    "workorder.view_all",
    "workorder.create",
    "workorder.edit",
    "workorder.assign",
    "workorder.work",
    "workorder.work_any",
    "workorder.cancel",
    "workorder.comment",
    "workorder.share",
    "workorder.waive",
    "workorder.sign",
    "workorder.export",
    "view.share",
    "part.view",
    "part.give",
    "cost.view",
    "time.any",
    "project.view",
    "jobplan.edit",
]

ROLES: dict[str, tuple[str, list[str]]] = {
    "admin": ("Administrator", list(PERMISSIONS)),
    "manager": (
        "Manager",
        [
            *MANAGE_WORK,
            *READ,
            "workorder.close",
            "workorder.delete",
            "asset.edit",
            "asset.set_status",
            "location.edit",
            "people.edit",
            "people.rates",
            "audit.view",
            "asset.add_photo",
            "part.edit",
            "cost.edit",
            "project.edit",
            "failure.manage",
        ],
    ),
    "dispatcher": ("Dispatcher", [*MANAGE_WORK, *READ]),
    "technician": (
        "Technician",
        [
            "workorder.view_own",
            "workorder.view_unassigned",
            "workorder.view_requested",
            "workorder.create",
            "workorder.edit_own",
            "workorder.take",
            "workorder.work",
            "workorder.comment",
            "workorder.sign",
            "part.view",
            "asset.set_status",
            "asset.add_photo",
            *READ,
        ],
    ),
    "storekeeper": (
        "Storekeeper",
        [
            "workorder.view_parts",
            "workorder.view_requested",
            "workorder.request",
            "workorder.comment",
            "part.view",
            "part.edit",
            "part.give",
            *READ,
        ],
    ),
    "requester": (
        "Requester",
        ["workorder.view_requested", "workorder.request", "workorder.comment", "asset.view", "location.view"],
    ),
    "viewer": ("Viewer", ["workorder.view_all", "workorder.export", "part.view", "project.view", *READ]),
}

WORKING_WEEK: list[tuple[int, dt.time, dt.time]] = [(day, dt.time(8, 0), dt.time(17, 0)) for day in range(5)]
