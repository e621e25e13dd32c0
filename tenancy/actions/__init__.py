"""Every act on organisations, people and keys."""

from tenancy.actions.keys import create_key, end_tokens_of_user, revoke_key, sign_in_token
from tenancy.actions.organisations import (
    add_department,
    make_user,
    set_working_time,
    sign_up,
    update_department,
    update_tenant,
)
from tenancy.actions.people import (
    accept_invitation,
    add_member,
    change_member,
    delete_role,
    find_invitation,
    invitation_link,
    invitation_token,
    invite,
    revoke_invitation,
    save_role,
    set_departments,
)

__all__ = [
    "accept_invitation",
    "add_department",
    "add_member",
    "change_member",
    "create_key",
    "delete_role",
    "end_tokens_of_user",
    "find_invitation",
    "invitation_link",
    "invitation_token",
    "invite",
    "make_user",
    "revoke_invitation",
    "revoke_key",
    "save_role",
    "set_departments",
    "set_working_time",
    "sign_in_token",
    "sign_up",
    "update_department",
    "update_tenant",
]
