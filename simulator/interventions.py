"""What owners are told to fix (contract 6)."""

from datetime import datetime

from .model import Intervention, Vehicle


def capability_lost(
    intervention_id: str, *, vehicle: Vehicle, capability: str, introduced_at: datetime
) -> Intervention:
    """Return the intervention that says how to get a capability back."""
    brand = vehicle.information.brand
    return Intervention(
        id=intervention_id,
        vehicle_id=vehicle.id,
        capability=capability,
        vendor=vehicle.vendor,
        brand=brand,
        introduced_at=introduced_at,
        title={
            "en-US": f"Allow access in the {brand} app",
            "nb-NO": f"Gi tilgang i {brand}-appen",
        },
        description={
            "en-US": f"Open the **{brand}** app, allow remote access ({capability}) and connect the car again.",
            "nb-NO": f"Åpne **{brand}**-appen, tillat fjernstyring ({capability}) og koble til bilen på nytt.",
        },
        action="Link",
    )
