import Orders

/// The words of the status page in one language.
struct Phrases: Sendable {
    let language: Language
    let title: String
    let placed: String
    let destination: String
    let items: String
    let packages: String
    let help: String
    let otherLanguageName: String
    let months: [String]
    let notFoundTitle: String
    let notFoundText: String

    static func of(_ language: Language) -> Phrases { language == .spanish ? spanish : english }

    static let english = Phrases(
        language: .english, title: "Your order", placed: "Placed", destination: "Going to", items: "Publications",
        packages: "Parcels", help: "Questions? We are glad to help.", otherLanguageName: "Español",
        months: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ],
        notFoundTitle: "We cannot find this order",
        notFoundText: "Please check that the link is complete, or write to us.")

    static let spanish = Phrases(
        language: .spanish, title: "Su pedido", placed: "Realizado", destination: "Destino", items: "Publicaciones",
        packages: "Paquetes", help: "¿Preguntas? Con gusto le ayudamos.", otherLanguageName: "English",
        months: [
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ],
        notFoundTitle: "No encontramos este pedido",
        notFoundText: "Compruebe que el enlace esté completo o escríbanos.")

    func date(_ time: Timestamp) -> String {
        let day = Timestamp.civil(daysSinceEpoch: time.milliseconds / 86_400_000)
        let month = months[Int(day.month) - 1]
        return language == .spanish ? "\(day.day) de \(month) de \(day.year)" : "\(month) \(day.day), \(day.year)"
    }

    /// What the state is called, and what it means to the reader.
    func status(_ status: OrderStatus) -> (name: String, meaning: String) {
        language == .spanish ? Self.spanish(status) : Self.english(status)
    }

    private static func english(_ status: OrderStatus) -> (String, String) {
        switch status {
        case .placed: ("Received", "We have your order and are passing it on to our warehouse.")
        case .submitted: ("In preparation", "Our warehouse is packing your order.")
        case .backordered: ("Waiting for stock", "Something you ordered is being reprinted. It will follow.")
        case .cancelRequested: ("Cancellation requested", "We have asked the warehouse to stop this order.")
        case .onHold: ("On hold", "We are checking something about this order before we send it.")
        case .partiallyShipped: ("Partly on its way", "A part of your order is on its way; the rest will follow.")
        case .exception: ("Delivery problem", "Something went wrong on the way. We are looking into it.")
        case .returned: ("Returned", "The parcel came back to us. Please write to us about your address.")
        case .shipped: ("On its way", "Your order has left our warehouse.")
        case .cancelled: ("Cancelled", "This order was cancelled. Nothing will be sent.")
        case .delivered: ("Delivered", "Your order has arrived.")
        }
    }

    private static func spanish(_ status: OrderStatus) -> (String, String) {
        switch status {
        case .placed: ("Recibido", "Tenemos su pedido y lo estamos enviando a nuestro almacén.")
        case .submitted: ("En preparación", "Nuestro almacén está preparando su pedido.")
        case .backordered: ("En espera", "Parte de su pedido se está reimprimiendo. Se lo enviaremos después.")
        case .cancelRequested: ("Cancelación solicitada", "Hemos pedido al almacén que detenga este pedido.")
        case .onHold: ("En pausa", "Estamos comprobando algo de este pedido antes de enviarlo.")
        case .partiallyShipped: ("En camino en parte", "Una parte de su pedido está en camino; el resto la seguirá.")
        case .exception: ("Problema de entrega", "Algo salió mal en el camino. Lo estamos averiguando.")
        case .returned: ("Devuelto", "El paquete volvió a nosotros. Escríbanos sobre su dirección.")
        case .shipped: ("En camino", "Su pedido ha salido de nuestro almacén.")
        case .cancelled: ("Cancelado", "Este pedido fue cancelado. No se enviará nada.")
        case .delivered: ("Entregado", "Su pedido ha llegado.")
        }
    }

    func package(_ status: PackageStatus) -> String {
        switch status {
        case .unknown, .preTransit: language == .spanish ? "En preparación" : "Being prepared"
        case .inTransit, .exception: language == .spanish ? "En camino" : "On its way"
        case .outForDelivery: language == .spanish ? "En reparto" : "Out for delivery"
        case .deliveryAttempted: language == .spanish ? "Intento de entrega" : "Delivery was attempted"
        case .availableForPickup: language == .spanish ? "Listo para recoger" : "Ready for pickup"
        case .failure: language == .spanish ? "Problema de entrega" : "Delivery problem"
        case .returnToSender, .returned: language == .spanish ? "Devuelto al remitente" : "Returned to sender"
        case .delivered: language == .spanish ? "Entregado" : "Delivered"
        case .cancelled: language == .spanish ? "Cancelado" : "Cancelled"
        }
    }
}
