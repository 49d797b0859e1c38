import Orders

extension Parcel {
    /// For whoever holds the status token. What the house wrote in its own words stays out: it may name a person or
    /// a place.
    func writeForReaders(to json: inout JSONWriter) {
        json.object {
            writeHead(to: &$0)
            $0.array("updates", updates.filter { !$0.isDatedAhead }) { update, json in
                json.object {
                    $0.field("status", update.status.rawValue)
                    $0.field("occurred_at", update.occurredAt)
                }
            }
        }
    }

    func writeForStaff(to json: inout JSONWriter) {
        json.object {
            writeHead(to: &$0)
            $0.array("updates", updates) { update, json in
                json.object {
                    $0.field("status", update.status.rawValue)
                    $0.field("occurred_at", update.occurredAt)
                    $0.field("received_at", update.receivedAt)
                    $0.field("message", update.message)
                    $0.field("location", update.location)
                    $0.field("flagged", update.isDatedAhead)
                }
            }
        }
    }

    private func writeHead(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("carrier", carrier)
        json.field("tracking_number", trackingNumber)
        json.field("tracking_url", trackingURL)
        json.field("status", status.rawValue)
        json.array("items", items ?? []) { item, json in
            json.object {
                $0.field("sku", item.sku)
                $0.field("quantity", item.quantity)
            }
        }
    }
}
