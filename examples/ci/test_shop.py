import unittest

from shop import Refused, Shop

ADDRESS = {"line1": "1 Main Street", "city": "Palo Alto", "state": "CA", "zip": "94301"}
CUSTOMER = {"sourceId": "customer-1", "firstName": "Ada", "lastName": "Example", "address": ADDRESS}


class ShopTest(unittest.TestCase):
    def setUp(self):
        # The only client that the mock knows.
        self.shop = Shop("mock-client", "mock-secret")

    def test_an_order_that_is_placed_can_be_followed(self):
        order_id = self.shop.place(CUSTOMER, 77123129891)
        self.assertEqual(self.shop.status(order_id), "CREATED")

    def test_an_order_of_an_unknown_product_is_refused(self):
        with self.assertRaisesRegex(Refused, "422.*productId"):
            self.shop.place(CUSTOMER, 1)


if __name__ == "__main__":
    unittest.main()
