"""Bodies as the file keeps them once delivered (`PackedPayload`): deflated against a text that never changes."""

import zlib

DICTIONARY = (
    '{"type":"order.placed","timestamp":"2026-11-2","data":{"order":{"number":"","placed_at":"2026-11-2","items":['
    '{"sku":"FSAC-","title":"Hablando francamente sobre el cáncer: ","language":"es","quantity":2,'
    '"unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":6.4,"unit":"oz"}},'
    '{"sku":"FSAC-","title":"Frankly Speaking About Cancer: ","language":"en","quantity":1,'
    '"unit_weight":{"value":3.2,"unit":"oz"},"weight":{"value":3.2,"unit":"oz"}}],'
    '"total_weight":{"value":1.,"unit":"lb"},"ship_to":{"name":"","organization":null,"line1":" Street",'
    '"line2":null,"city":"","region":"","postal_code":"","country":"US","phone":null},'
    '"requester_type":"patient","language":"en","notes":null}}}').encode()


def unpack(packed):
    if packed[:1] == b"{":
        return packed
    if packed[:1] != b"\x01":
        raise ValueError("packed in no known way")
    inflate = zlib.decompressobj(-12, zdict=DICTIONARY)
    try:
        return inflate.decompress(packed[1:]) + inflate.flush()
    except zlib.error as error:
        raise ValueError(str(error)) from error
