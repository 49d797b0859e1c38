import Orders
import TestSupport

/// The same for the pages: what people type, and what addresses of pages can be made to hold.
extension EveryRoute {
    var visitor: PageVisitor {
        PageVisitor(port: Int(server.url.split(separator: ":").last ?? "") ?? 0, asked: asked)
    }

    // MARK: Readers

    func readerPages(_ prefix: String) async throws {
        let reader = visitor
        let sku = "FSAC-NET-EN"
        try await reader.get(prefix.isEmpty ? "/" : prefix)
        try await reader.get(
            "\(prefix.isEmpty ? "/" : prefix)?q=\(said.value("words"))&topic=\(said.value("topic"))"
                + "&language=\(said.value("language"))&format=\(said.value("format"))&\(said.value("name"))=1")
        try await reader.post(
            prefix + "/order/booklets",
            ["shown": said.value("shown"), "pick": said.value("pick"), "words": said.value("words"), "show": "1"])
        try await reader.post(prefix + "/order/booklets", ["shown": sku, "pick": sku, "continue": "1"])
        try await reader.get(prefix + "/order/booklets?\(said.value("query"))=1")
        try await reader.get(prefix + "/order/send")
        try await reader.get(prefix + "/order/copies")
        try await reader.post(
            prefix + "/order/copies",
            ["copies.\(sku)": said.value("copies"), "copies.\(said.value("sku"))": "1", "continue": "1"])
        try await reader.post(prefix + "/order/copies", ["copies.\(sku)": "2", "continue": "1"])
        try await reader.get(prefix + "/order/address")
        let name = said.value("name")
        try await reader.post(
            prefix + "/order/address",
            [
                "name": name, "organization": said.value("organization"), "line1": said.value("linea"),
                "line2": said.value("lineb"), "city": said.value("city"), "region": said.value("region"),
                "postal_code": said.value("zip"), "continue": "1",
            ])
        try await reader.post(
            prefix + "/order/address",
            [
                "name": name, "organization": said.value("organization"), "line1": said.value("linea"),
                "line2": said.value("lineb"), "city": said.value("city"), "region": "Illinois",
                "postal_code": "62701", "continue": "1",
            ])
        try await reader.get(prefix + "/order/contact")
        try await reader.post(
            prefix + "/order/contact",
            [
                "email": said.value("badmail"), "phone": said.value("badphone"), "requester": said.value("requester"),
                "leave_blank": said.value("trap"), "continue": "1",
            ])
        try await reader.post(
            prefix + "/order/contact",
            ["email": said.email(), "phone": said.phone(), "requester": "patient", "leave_blank": "", "continue": "1"])
        let check = try await reader.get(prefix + "/order/check")
        guard check.status == 200, check.body.contains(name) else {
            throw Program.Failure(description: "the way to the check ended with \(check.status) at \(prefix)")
        }
        try await reader.post(prefix + "/order/check", ["drop": said.value("drop")])
        try await reader.get(prefix + "/order/clear")
        let sent = try await reader.post(prefix + "/order/send", [:])
        guard sent.status == 303, let path = sent.location, path.hasPrefix(prefix + "/s/") else {
            throw Program.Failure(description: "the form placed no order: \(sent.status) at \(prefix)")
        }
        said.note(String(path.split(separator: "/").last ?? ""), as: "status token")
        try await reader.get(path)
        try await reader.get(path + "/cancel")
        try await reader.post(path + "/cancel", ["reason": said.value("reason")])
        try await reader.get("\(prefix)/s/\(said.value("token"))/cancel")
        try await reader.post("\(prefix)/s/\(said.value("token"))/cancel", [:])
        try await reader.post(prefix + "/order/clear", [:])
        for page in ["/order/cleared", "/help", "/privacy", "/accessibility"] {
            try await reader.get("\(prefix)\(page)?\(said.value("query"))=\(said.value("query"))")
        }
        try await reader.get("/assets/\(said.value("asset")).css")
    }

    // MARK: Staff

    func accounts() async throws -> (email: String, password: String) {
        let (email, password) = (said.email(), said.value("password"))
        // The log says who of the staff signed in, by the name that stands in the history of orders.
        let name = "office-1"
        try await staff("GET", "accounts")
        for body in [
            "{\"email\":\"\(said.value("badmail"))\",\"role\":\"\(said.value("role"))\"}",
            "{\"email\":{\"\(said.value("mail"))\":1}}", "{\"email\":\"\(said.email())\",\"password\":\"short\"}",
        ] {
            try await staff("POST", "accounts", body)
        }
        let made = try await staff(
            "POST", "accounts",
            "{\"email\":\"\(email)\",\"name\":\"\(name)\",\"role\":\"admin\",\"password\":\"\(password)\"}")
        guard made.status == 201 else {
            throw Program.Failure(description: "the account was not made: \(made.status)")
        }
        try await staff("POST", "accounts", "{\"email\":\"\(email)\",\"name\":\"\(name)\"}")
        let other = try await staff(
            "POST", "accounts", "{\"email\":\"\(said.email())\",\"name\":\"\(said.value("other"))\"}")
        said.note(other["password"] ?? "none", as: "password")
        try await staff("POST", "accounts/\(other["name"] ?? "-")/password", "{\"password\":\"\(said.value("new"))\"}")
        try await staff("POST", "accounts/\(said.value("account"))/password", "{}")
        try await staff("POST", "accounts/\(other["name"] ?? "-")/disable")
        try await staff("POST", "accounts/\(said.value("account"))/disable")
        return (email, password)
    }

    func console(_ number: String, held: String, as account: (email: String, password: String)) async throws {
        let person = visitor
        try await person.get("/staff")
        try await person.get("/staff/sign-in?to=/staff/orders?q=\(said.value("target"))")
        try await person.post("/staff/sign-in", ["email": said.value("badmail"), "password": said.value("password")])
        try await person.post("/staff/sign-in", ["email": account.email, "password": said.value("password")])
        // What was typed before the session is kept until after it.
        try await person.post("/staff/orders/\(held)/notes", ["text": said.value("earlynote")])
        try await person.get("/staff/sign-in")
        let signedIn = try await person.post(
            "/staff/sign-in", ["email": account.email, "password": account.password, "to": said.value("to")])
        guard signedIn.status == 303 else {
            throw Program.Failure(description: "the account was not let in: \(signedIn.status)")
        }
        try await person.get("/staff/resume")
        let list = try await person.get("/staff/orders?view=all")
        guard list.status == 200 else { throw Program.Failure(description: "no list: \(list.status)") }
        for query in ["view", "flag", "status", "from", "to", "until", "after", "sort", "s", said.value("parameter")] {
            try await person.get("/staff/orders?\(query)=\(said.value("search"))")
        }
        try await person.get("/staff/orders.csv?view=\(said.value("view"))")
        try await person.get("/staff/orders/news?since=\(said.value("since"))")
        try await person.post("/staff/orders/search", ["q": said.value("search"), "list": said.value("list")])
        try await person.get("/staff/orders/\(number)")
        try await person.get("/staff/orders/\(said.value("number"))")
        try await person.post("/staff/orders/\(number)/notes", ["text": said.value("note"), "tag": said.value("tag")])
        for action in ["hold", "release", "cancel", "resend", "reship", "address"] {
            try await person.get("/staff/orders/\(held)/\(action)?list=\(said.value("list"))")
            try await person.post(
                "/staff/orders/\(held)/\(action)",
                [
                    "reason": said.value(action), "tag": said.value("tag"), "name": said.value("name"),
                    "line1": said.value("linea"), "city": said.value("city"), "region": said.value("region"),
                    "postal_code": said.value("zip"), "list": said.value("list"),
                ])
        }
        try await person.post("/staff/orders/bulk", ["action": "hold", "order": number, "list": said.value("list")])
        try await person.post("/staff/orders/bulk", ["action": said.value("action"), "order": said.value("number")])
        try await person.post(
            "/staff/orders/bulk/do", ["action": "hold", "order": number, "reason": said.value("reason")])
        try await person.get("/staff/orders/bulk/\(said.value("key"))")
        try await person.get("/staff/orders/\(number)/slip")
        try await person.get("/staff/slips?order=\(number)&order=\(said.value("number"))")
        try await person.post("/staff/orders/\(number)/slip", ["list": said.value("list")])
        try await person.post("/staff/slips", ["order": number, "list": said.value("list")])
        // Addresses of forms, as a reload or Back asks for them.
        for form in ["orders/bulk", "orders/bulk/do", "orders/search", "catalog/import/do", "sign-out"] {
            try await person.get("/staff/\(form)?\(said.value("query"))=1")
        }
        for form in [
            "updates/\(said.value("update"))/match", "updates/1/dismiss", "catalog/\(said.value("sku"))/availability",
        ] {
            try await person.get("/staff/\(form)")
        }
        try await person.get("/staff/orders/\(said.value("number"))/notes")
        try await consolePlaces(person)
        try await person.get("/staff/me?done=\(said.value("done"))")
        try await person.post("/staff/me", ["rows": said.value("rows"), "view": said.value("view")])
        for page in ["keys", "overview", "password"] { try await person.get("/staff/\(page)?\(said.value("query"))=1") }
        try await person.post(
            "/staff/password",
            ["old": said.value("old"), "new": said.value("new") + " and long enough", "again": said.value("again")])
        try await person.post("/staff/sign-out", [:])
    }

    private func consolePlaces(_ person: PageVisitor) async throws {
        try await person.get("/staff/updates?after=\(said.value("after"))")
        try await person.post("/staff/updates/1/match", ["order_number": said.value("number")])
        try await person.post("/staff/updates/\(said.value("update"))/dismiss", ["reason": said.value("reason")])
        try await person.get("/staff/deliveries?view=\(said.value("view"))&after=\(said.value("after"))")
        try await person.get("/staff/deliveries/all")
        try await person.post("/staff/deliveries/all", ["back": said.value("back")])
        try await person.get("/staff/deliveries/\(said.value("delivery"))/redeliver")
        try await person.post("/staff/deliveries/\(said.value("delivery"))/redeliver", ["back": said.value("back")])
        try await person.get("/staff/endpoints/\(said.value("endpoint"))/pause")
        try await person.post("/staff/endpoints/\(said.value("endpoint"))/pause", ["reason": said.value("reason")])
        try await person.get("/staff/catalog?q=\(said.value("search"))")
        try await person.get("/staff/catalog.csv?\(said.value("query"))=1")
        try await person.get("/staff/catalog/new")
        try await person.post(
            "/staff/catalog/new",
            ["sku": said.value("sku") + " !", "title": said.value("title"), "weight": said.value("weight")])
        try await person.get("/staff/catalog/\(said.value("sku"))")
        try await person.post(
            "/staff/catalog/FSAC-NET-EN", ["title": said.value("title"), "weight": said.value("weight")])
        try await person.post(
            "/staff/catalog/\(said.value("sku"))/availability", ["available": said.value("available")])
        try await person.get("/staff/catalog/import")
        try await person.post(
            "/staff/catalog/import", file: said.value("header") + "\r\n" + said.value("cell"),
            named: said.value("file") + ".csv")
        try await person.post("/staff/catalog/import/do", ["key": said.value("key"), "version": said.value("version")])
    }

    // MARK: What was left out

    /// Operations of `/openapi.json` that nobody asked.
    func neverAsked() async throws -> [String] {
        let document = try await ask("GET", "/openapi.json").json
        guard case .object(let paths)? = document["paths"] else { return ["everything: there is no document"] }
        func parts(_ text: String) -> [Substring] {
            text.split(separator: "/" as Character, omittingEmptySubsequences: false)
        }
        let asked = asked.entries.map { parts(String($0.prefix { $0 != "?" })) }
        var left: [String] = []
        for path in paths {
            guard case .object(let operations) = path.value else { continue }
            for method in operations.map(\.name) where method != "parameters" {
                let operation = "\(method.uppercased()) \(path.name)"
                let wanted = parts(operation)
                let isAsked = asked.contains { one in
                    one.count == wanted.count && zip(one, wanted).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
                }
                if !isAsked { left.append(operation) }
            }
        }
        return left
    }
}
