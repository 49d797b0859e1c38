#!/bin/sh
# The readers' API with curl:  orders.sh http://127.0.0.1:8080
set -eu
service=${1:-http://127.0.0.1:8080}

# What there is.
curl -fsS "$service/v1/catalog" >catalog.json

# What five copies weigh, before anybody types an address.
curl -fsS "$service/v1/quotes" -H 'Content-Type: application/json' \
    -d '{"items": [{"sku": "FSAC-NET-EN", "quantity": 5}]}'
echo

# An order. With the same key it may be sent again after a broken connection; there is one order.
key=$(cat /proc/sys/kernel/random/uuid)
curl -fsS --retry 5 --retry-all-errors "$service/v1/orders" \
    -H 'Content-Type: application/json' -H "Idempotency-Key: $key" \
    -d '{"items": [{"sku": "FSAC-NET-EN", "quantity": 5}], "ship_to": {"name": "Sample Reader", "line1": "1 Example Street",
         "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}}' >order.json
number=$(sed -E 's/.*"number":"([^"]*)".*/\1/' order.json)
token=$(sed -E 's/.*"status_token":"([^"]*)".*/\1/' order.json)
echo "order $number"

# How it is doing.
curl -fsS "$service/v1/orders/$number" -H "Authorization: Bearer $token"
echo

# A change of mind, as long as nothing was sent to the house; afterwards the answer is 409 and says so.
curl -sS -X POST "$service/v1/orders/$number/cancel" -H "Authorization: Bearer $token"
echo
