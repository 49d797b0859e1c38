import Foundation
import Web

extension FuzzTarget {
    /// What a browser posts, or whoever plays one.
    static let form = FuzzTarget(
        "form",
        seeds: [
            "name=Ana+Mar%C3%ADa+N%C3%BA%C3%B1ez&line1=1+Main+St&line2=&continue=1", "pick=A&pick=B&shown=A%2CB",
            "copies.A=5&copies.B=2", "", "&&=&a=&=b&a", "q=%ff", "q=%", "q=%e2%82",
        ],
        words: ["&", "=", "+", "%26", "%3D", "%00", "%C3%B1", "%ff", "token="]
    ) { bytes in
        guard let form = try? FormFields(bytes) else { return }
        let names = bytes.split(separator: UInt8(ascii: "&"))
        try require(form.all("name").count <= names.count, "more fields than were sent")
        try require(form["name"] == form.all("name").first, "two first values")
        // Each name and value takes at least as many bytes on the way as here.
        let total = form.all("name").reduce(0) { $0 + $1.utf8.count }
        try require(total <= bytes.count, "values longer than what was sent")
    }

    /// A form with a file, as the catalog's import takes it.
    static let multipart = FuzzTarget(
        "multipart",
        seeds: [
            part(#"form-data; name="token""#, "abc")
                + part(#"form-data; name="file"; filename="a.csv""#, "sku,title\r\nA,B")
                + "--x--\r\n",
            part(#"form-data; name="file"; filename="""#, "") + "--x--", "--x--", "--x\r\n\r\n\r\n--x--",
            "--x\r\n--x--",
        ],
        words: ["--x", "--x--", "\r\n", "\r\n\r\n", "Content-Disposition: form-data; name=\"", "\"; filename=\"", "\""]
    ) { bytes in
        guard let parts = MultipartForm.parts(bytes, boundary: "x") else { return }
        try require(parts.count <= 20, "too many parts")
        try require(parts.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "more bytes than were sent")
        for part in parts {
            try require(!part.bytes.contains(line: "\r\n--x"), "a part goes beyond its border")
        }
    }

    private static func part(_ disposition: String, _ content: String) -> String {
        "--x\r\nContent-Disposition: \(disposition)\r\n\r\n\(content)\r\n"
    }
}

extension [UInt8] {
    fileprivate func contains(line: String) -> Bool { Data(self).range(of: Data(line.utf8)) != nil }
}
