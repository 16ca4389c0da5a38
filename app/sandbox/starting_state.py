"""What the main account has at the start, so that the first requests have something to work with.

Application, endpoint and carrier are those of the manifest's examples, under the very same ids.
"""

from app.sandbox import numbers
from app.sandbox.catalog import Catalog, localised
from app.sandbox.request import Request, Stored
from app.sandbox.router import Router
from app.sandbox.state import MAIN_ACCOUNT, World

RENTED = ("18005550100", "14155550100")
"""Numbers that the main account rents from the start."""

EXAMPLES = ("Application", "Endpoint", "IncomingCarrier")
"""Resources whose example is there from the start."""


def furnish(world: World, catalog: Catalog, router: Router) -> None:
    """Fill the main account."""
    for name in EXAMPLES:
        resource = catalog.resources.get(f"/v1/Account/{{auth_id}}/{name}/")
        if resource is not None:
            item = Stored(MAIN_ACCOUNT, localised(resource.shape, MAIN_ACCOUNT))
            world.shelf(name, Stored).put(str(item.fields[resource.id_field]), item)
    buy = router.operations.get(("POST", numbers.BUY))
    if buy is not None and numbers.RENTED in catalog.resources:
        path = {"auth_id": MAIN_ACCOUNT}
        request = Request(world, catalog, buy.template, buy.blocks[0], path, {}, MAIN_ACCOUNT, world.clock())
        for number in RENTED:
            numbers.rent(request, number)
