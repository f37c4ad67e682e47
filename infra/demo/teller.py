"""How is a story of the demo told? (being written)"""


async def tell(ask, story): ...
