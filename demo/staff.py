"""Sign-ins, members, technicians and crews of a demo tenant."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from demo.loading import Report
from demo.people import PASSWORD, Person
from labor.models import Crew, CrewMembership, Technician
from tenancy.models import Member, Role, Tenant, User


@cache
def password_hash() -> str:
    """Once for everybody: a password hash is slow by design and the password is no secret."""
    return make_password(PASSWORD)


def add_people(tenant: Tenant, people: Iterable[Person], report: Report) -> dict[str, Member]:
    """Everybody by name. Who is there already is left alone."""
    roles = {role.key: role for role in Role.objects.filter(tenant=tenant)}
    members = {member.name: member for member in Member.objects.filter(tenant=tenant)}
    for number, person in enumerate(people, start=1):
        if person.name in members:
            report.unchanged["people"] += 1
            continue
        member = Member.objects.create(
            tenant=tenant,
            user=sign_in(person) if person.email else None,
            role=roles[person.role],
            name=person.name,
            email=person.email,
        )
        if person.rate:
            technician = Technician.objects.create(
                member=member,
                tenant=tenant,
                employee_number=f"{1000 + number}",
                trade=person.trade,
                hourly_rate=Decimal(person.rate),
            )
            for name in person.crews:
                crew, _ = Crew.objects.get_or_create(tenant=tenant, name=name, defaults={"lead": technician})
                CrewMembership.objects.create(tenant=tenant, crew=crew, technician=technician)
        members[person.name] = member
        report.created["people"] += 1
    return members


def sign_in(person: Person) -> User:
    """The login of an address, made with a verified address when it is new: a contractor has one for both tenants."""
    found = User.objects.filter(email__iexact=person.email).first()
    if found is not None:
        return found
    first, _, last = person.name.partition(" ")
    user = User.objects.create(
        username=person.email, email=person.email, first_name=first, last_name=last, password=password_hash()
    )
    EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
    return user
