"""A toy service: it places an order for a checkout, and says where the order stands."""

import json
import os
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

BASE_URL = os.environ["JUNIPER_BASE_URL"]
TOKEN_URL = os.environ["JUNIPER_TOKEN_URL"]


class Refused(Exception):
    """The API does not accept the request."""


class Shop:
    def __init__(self, client_id, client_secret):
        fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        # A body of bytes makes it a form.
        self._token = self._send(Request(TOKEN_URL, urlencode(fields).encode()))["access_token"]

    def place(self, customer, product_id):
        order = {
            "customer": customer,
            "daysSupply": 30,
            "lineItems": [{"productId": product_id, "quantity": 2, "packDescription": "Daily"}],
            "shippingMethod": "STANDARD",
            "orderType": "ONE_TIME",
        }
        return self._call("POST", "/orders", order)["id"]

    def status(self, order_id):
        return self._call("GET", f"/orders/{quote(order_id, safe='')}")["status"]

    def _call(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return self._send(Request(BASE_URL + path, data, headers, method=method))

    @staticmethod
    def _send(request):
        try:
            with urlopen(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                raise Refused(f"{error.code}: {error.read().decode()}") from None
