"""A shopper as a web shop's server tells of one, through Segment's own client for Python.

python shop.py HOST WRITE_KEY USER ADDRESS CART [ordered]
"""

import sys

import segment.analytics as analytics
from segment.analytics.version import VERSION

host, write_key, user, address, cart, *ordered = sys.argv[1:]
failures = []

analytics.write_key = write_key
analytics.host = host
analytics.on_error = lambda error, items: failures.append(error)
analytics.max_retries = 2

analytics.identify(user, {"email": address, "first_name": "Pia"})
analytics.track(
    user,
    "Product Added",
    {"cart_id": cart, "product_id": "lamp", "name": "Reading lamp", "category": "home", "price": 39, "quantity": 1},
)
if ordered:
    products = [{"product_id": "lamp", "name": "Reading lamp", "price": 39, "quantity": 1}]
    analytics.track(
        user,
        "Order Completed",
        {"order_id": f"{cart}-order", "cart_id": cart, "products": products, "total": 39},
    )
analytics.shutdown()

if failures:
    sys.exit(f"the client reported failures: {failures}")
print(VERSION)
