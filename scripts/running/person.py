"""The person whose home the demo is: Home Assistant names who pressed a button only if there is one."""

from .home_assistant import HomeAssistantClient


async def make_person(client: HomeAssistantClient) -> None:
    """Create the logged-in user's person, as the onboarding would."""
    user = await client.command("auth/current_user")
    if not (await client.command("person/list"))["storage"]:
        await client.command("person/create", name=user["name"], user_id=user["id"])
