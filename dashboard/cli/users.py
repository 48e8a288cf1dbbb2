"""`users ...`: the operator's way to accounts, also when nobody can sign in any more."""

import argparse
import getpass
import sys
from collections.abc import Iterator
from typing import Any

from dashboard.accounts import AccountError, Accounts, NewUser, User
from dashboard.cli.accounts import OPERATOR, Work, with_accounts

_PAGE = 500
_HEADINGS = ("USER NAME", "NAME", "ROLE", "E-MAIL", "STATE", "SESSIONS", "LAST SIGN-IN (UTC)")


def register(subparsers: Any) -> None:
    """Add `users` with its commands to the sub-parsers of the program's argparse parser."""
    parser = subparsers.add_parser("users", help="create, list, change, disable, invite and delete users")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _register_create(commands)
    listing = commands.add_parser("list", help="show all users")
    listing.add_argument("--search", default="", help="part of a user name, name or e-mail address")
    listing.add_argument("--role", default="", help="key of a role")
    listing.set_defaults(run=with_accounts(_list))
    for name, work, text in (
        ("disable", _disable, "close an account and end its sessions"),
        ("enable", _enable, "open an account again"),
        ("lock", _lock, "let nobody sign in to an account until it is unlocked"),
        ("unlock", _unlock, "take a lock off"),
        ("end-sessions", _end_sessions, "sign a user out everywhere"),
        ("invite", _invite, "make a one-time link to set a password"),
        ("verify", _verify, "vouch for a mail address that was not verified"),
        ("reset-factors", _reset_factors, "take all second factors off somebody who lost them"),
        ("disconnect", _disconnect, "disconnect an account from its sign-in provider, so that it can have a password"),
    ):
        _register_one(commands, name, work, text)
    role = _register_one(commands, "role", _role, "give a user another role")
    role.add_argument("role", help="procurement_manager, sales_manager, admin or one of your own")
    deletion = _register_one(commands, "delete", _delete, "delete a user for good; asks for the user name once more")
    deletion.add_argument("--yes", action="store_true", help="do not ask")


def _register_create(commands: Any) -> None:
    create = commands.add_parser("create", help="create a user; asks for the password")
    create.add_argument("username")
    create.add_argument("--email", required=True)
    create.add_argument("--role", required=True, help="procurement_manager, sales_manager, admin or one of your own")
    create.add_argument("--first-name", default="")
    create.add_argument("--last-name", default="")
    how = create.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="read the password from the first line of the input")
    how.add_argument("--invite", action="store_true", help="no password; print a one-time link to set one")
    create.set_defaults(run=with_accounts(_create))


def _register_one(commands: Any, name: str, work: Work, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    parser.add_argument("username")
    parser.set_defaults(run=with_accounts(work))
    return parser


def _create(accounts: Accounts, args: argparse.Namespace) -> int:
    new = NewUser(args.username, args.email, args.role, args.first_name, args.last_name)
    user = accounts.create_user(new, OPERATOR, None if args.invite else _password(from_input=args.password_stdin))
    print(f"Created {user.username}, {accounts.roles[user.role].name}.")
    if args.invite:
        _print_link(accounts, user)
    return 0


def _list(accounts: Accounts, args: argparse.Namespace) -> int:
    rows = [_HEADINGS, *(_row(accounts, user) for user in _all(accounts, args.search, args.role))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _disable(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.disable_user(_user(accounts, args).id, OPERATOR)
    print(f"{user.username} is disabled; all sessions are ended.")
    return 0


def _enable(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.enable_user(_user(accounts, args).id, OPERATOR)
    print(f"{user.username} is enabled.")
    return 0


def _lock(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.administration.lock(_user(accounts, args).id, OPERATOR)
    print(f"{user.username} is locked until somebody unlocks the account. Sessions that are open go on.")
    return 0


def _unlock(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.unlock_user(_user(accounts, args).id, OPERATOR)
    print(f"{user.username} is not locked.")
    return 0


def _end_sessions(accounts: Accounts, args: argparse.Namespace) -> int:
    user = _user(accounts, args)
    print(f"{user.username}: sessions ended: {accounts.end_sessions(user.id, OPERATOR)}.")
    return 0


def _invite(accounts: Accounts, args: argparse.Namespace) -> int:
    _print_link(accounts, _user(accounts, args))
    return 0


def _verify(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.administration.verify_mail(_user(accounts, args).id, OPERATOR)
    print(f"{user.email} counts as the address of {user.username}.")
    return 0


def _reset_factors(accounts: Accounts, args: argparse.Namespace) -> int:
    user = _user(accounts, args)
    accounts.factors.reset(user.id, OPERATOR)
    print(f"{user.username} has no second factor now; all sessions are ended.")
    return 0


def _disconnect(accounts: Accounts, args: argparse.Namespace) -> int:
    user = _user(accounts, args)
    if not accounts.federation.release(user.id, OPERATOR):
        print(f"{user.username} is not connected with a provider.")
        return 0
    print(f"{user.username} is disconnected; all sessions are ended. For a password: users invite {user.username}")
    return 0


def _role(accounts: Accounts, args: argparse.Namespace) -> int:
    user = accounts.administration.change_role(_user(accounts, args).id, args.role, OPERATOR)
    print(f"{user.username} is {accounts.roles[user.role].name} from the next click on.")
    return 0


def _delete(accounts: Accounts, args: argparse.Namespace) -> int:
    user = _user(accounts, args)
    accounts.administration.delete(user.id, user.username if args.yes else _typed(user.username), OPERATOR)
    print(f"{user.username} is deleted. The audit log keeps the name.")
    return 0


def _typed(username: str) -> str:
    try:
        return input(f"Type the user name {username} to delete it for good: ")
    except EOFError:
        raise AccountError("Nothing was deleted. Say --yes where nobody can be asked.") from None


def _user(accounts: Accounts, args: argparse.Namespace) -> User:
    user = accounts.find(args.username)
    if user is None:
        raise AccountError(f"There is no user {args.username}.")
    return user


def _print_link(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    print(f"Open this page of the site to set the password of {user.username}. It works once; earlier links are dead:")
    print(f"/invitation/{token}")


def _password(*, from_input: bool) -> str:
    try:
        if from_input:
            return sys.stdin.readline().rstrip("\r\n")
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise AccountError("The two passwords differ.")
    except EOFError:
        raise AccountError("No password was given.") from None
    except UnicodeDecodeError:
        raise AccountError("The password is not UTF-8 text.") from None
    return password


def _all(accounts: Accounts, search: str, role: str) -> Iterator[User]:
    offset, total = 0, 1
    while offset < total:
        page, total = accounts.users(search=search, role=role, offset=offset, limit=_PAGE)
        yield from page
        offset += _PAGE


def _row(accounts: Accounts, user: User) -> tuple[str, ...]:
    name = f"{user.first_name} {user.last_name}".strip()
    role = accounts.roles[user.role].name if user.role in accounts.roles else f"{user.role} (no such role)"
    last = f"{user.last_sign_in_at:%Y-%m-%d %H:%M}" if user.last_sign_in_at else "never"
    return user.username, name, role, user.email, _state(user), str(user.open_sessions), last


def _state(user: User) -> str:
    if not user.active:
        return "disabled"
    if user.locked_by_administrator:
        return "locked by an administrator"
    if user.locked_until:
        return f"locked until {user.locked_until:%Y-%m-%d %H:%M} UTC"
    return "active" if user.has_password else "no password yet"
