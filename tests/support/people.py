"""Further accounts for tests. Their password is that of ``jana``: a hash is not made anew for each."""

from collections.abc import Iterable

from sqlalchemy import text

from tests.support.api import Api, Client


async def add_person(api: Api, login: str, roles: Iterable[str], group: str | None = None) -> int:
    """The id of an account with these roles, a member of ``group``. In force at once."""
    async with api.kc.engine.begin() as connection:
        user = await connection.scalar(
            text(
                "INSERT INTO user_account (login, name, password_hash)"
                " SELECT :login, :login, password_hash FROM user_account WHERE login = 'jana' RETURNING id"
            ),
            {"login": login},
        )
        for role in roles:
            await connection.execute(
                text('INSERT INTO user_role ("user", role) VALUES (:user, :role)'), {"user": user, "role": role}
            )
        if group is not None:
            await connection.execute(
                text(
                    'INSERT INTO agent_group_member ("group", "user") SELECT id, :user FROM agent_group WHERE name = :group'
                ),
                {"user": user, "group": group},
            )
    await api.kc.reload_settings()
    return user


async def user_id(api: Api, login: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM user_account WHERE login = :l"), {"l": login})


async def queue_id(api: Api, name: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM queue WHERE name = :n"), {"n": name})


async def give_telephones(admin: Client, user: int, *telephones: tuple[str, str]) -> dict:
    """Kind and number of all at which the user may work from now on; what saving the account says."""
    known = (await admin.run("{ accessSettings { users { id body } } }"))["accessSettings"]["users"]
    body = next(x["body"] for x in known if x["id"] == user)
    saved = await admin.run(
        "mutation($u: JSON!, $i: Int!) { saveUser(user: $u, id: $i) { __typename ... on SettingRefused { problems { field kind"
        " } } } }",
        u=body | {"telephones": [{"kind": kind.lower(), "number": number} for kind, number in telephones]},
        i=user,
    )
    return saved["saveUser"]
