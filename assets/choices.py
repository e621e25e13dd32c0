"""Kinds and states of places and assets."""

from __future__ import annotations

from django.db import models


class LocationKind(models.TextChoices):
    REGION = "region", "Region"
    SITE = "site", "Site"
    BUILDING = "building", "Building"
    FLOOR = "floor", "Floor"
    ZONE = "zone", "Zone"
    ROOM = "room", "Room"


# What a place may stand in. "" is the top of the tree.
PARENTS: dict[str, tuple[str, ...]] = {
    LocationKind.REGION: ("", LocationKind.REGION),
    LocationKind.SITE: ("", LocationKind.REGION),
    LocationKind.BUILDING: (LocationKind.SITE, LocationKind.ZONE),
    LocationKind.FLOOR: (LocationKind.BUILDING,),
    LocationKind.ZONE: (LocationKind.SITE, LocationKind.BUILDING, LocationKind.FLOOR, LocationKind.ZONE),
    LocationKind.ROOM: (LocationKind.BUILDING, LocationKind.FLOOR, LocationKind.ZONE),
}


class AssetStatus(models.TextChoices):
    IN_SERVICE = "in_service", "In service"
    STANDBY = "standby", "Standby"
    OUT_OF_SERVICE = "out_of_service", "Out of service"
    RETIRED = "retired", "Retired"


class Criticality(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"
