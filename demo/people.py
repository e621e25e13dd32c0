"""Who works in the demo tenants. Invented names; the one password is printed by `make demo`."""

from dataclasses import dataclass

PASSWORD = "millwright-demo"  # noqa: S105  (a demo sign-in, refused in production)


@dataclass(frozen=True, slots=True)
class Person:
    """`email` empty: known by name, without a sign-in. `rate` set: a technician, with a trade and crews."""

    name: str
    role: str
    email: str = ""
    rate: str = ""
    trade: str = ""
    crews: tuple[str, ...] = ()


# Belongs to both tenants with one sign-in.
CONTRACTOR = "contractor@hartley-hydraulics.example"

NORTH_PIT = (
    Person("Helen Marsh", "admin", "admin@north-pit.example"),
    Person("Tom Okafor", "manager", "manager@north-pit.example"),
    Person("Priya Nair", "dispatcher", "dispatcher@north-pit.example"),
    Person("Jack Doyle", "technician", "technician@north-pit.example", "74.50", "Heavy diesel fitter", ("Day shift",)),
    Person("Mia Tran", "technician", "technician2@north-pit.example", "78.00", "Auto electrician", ("Electrical",)),
    Person("Bruce Walker", "storekeeper", "storekeeper@north-pit.example"),
    Person("Kylie Adams", "requester", "requester@north-pit.example"),
    Person("Ian Frost", "viewer", "viewer@north-pit.example"),
    Person("Lena Kowalski", "technician", "", "72.00", "Boilermaker", ("Day shift",)),
    Person("Ravi Menon", "technician", "", "74.50", "Heavy diesel fitter", ("Night shift",)),
    Person("Dave Pritchard", "technician", "", "69.80", "Lube serviceman", ("Night shift",)),
    Person("Sam Hartley", "technician", CONTRACTOR, "96.00", "Hydraulics contractor", ("Day shift",)),
)

WEST_CAMPUS = (
    Person("Grace Whitfield", "admin", "admin@west-campus.example"),
    Person("Daniel Reyes", "manager", "manager@west-campus.example"),
    Person("Aisha Rahman", "dispatcher", "dispatcher@west-campus.example"),
    Person("Luis Ortega", "technician", "technician@west-campus.example", "52.00", "Plumber", ("Building services",)),
    Person("Hannah Cole", "technician", "technician2@west-campus.example", "54.00", "Electrician", ("Electrical",)),
    Person("Walter Nguyen", "storekeeper", "storekeeper@west-campus.example"),
    Person("Emily Brooks", "requester", "requester@west-campus.example"),
    Person("Robert Klein", "viewer", "viewer@west-campus.example"),
    Person("Marta Silva", "technician", "", "47.50", "Carpenter", ("Carpentry and locks",)),
    Person("Owen Baker", "technician", "", "47.50", "Locksmith", ("Carpentry and locks",)),
    Person("Sam Hartley", "technician", CONTRACTOR, "88.00", "Appliance contractor", ("Building services",)),
)
