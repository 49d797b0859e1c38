import Orders

extension FuzzTarget {
    /// A catalog file, and the fields of a report that a spreadsheet opens.
    static let catalogFile = FuzzTarget(
        "catalog-csv",
        seeds: [
            header + "FSAC-1,Lung Cancer,en,booklet,,3.2 oz,50,true,https://example.org/a.pdf\r\n",
            header + "A,\"Say \"\"yes\"\", then\nno\",es,fact sheet,text,0.1 lb,1000000,false,\n",
            "\u{FEFF}" + header + "A,b,en,c,,91 g,1,true,\rB,b,en,c,,1 kg,1,true,", header + "\"open", "sku\n", ",,,\n",
            "=1+1,@SUM(A1),\tx,＝1,-1",
        ],
        words: [
            "\"", "\"\"", ",", "\r\n", "\r", "=", "true", "1000001", "0.0000001 oz", "FSAC-1", "\u{0}", "\"\u{301}",
        ]
    ) { bytes in
        do {
            let titles = try CatalogFile.read(bytes)
            let again = try CatalogFile.read(CatalogFile.write(titles))
            try require(again == titles, "what was written is not read back")
        } catch let refused as InvalidFields {
            let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
            try require(!refused.problems.isEmpty, "refused, but nothing said")
            for problem in refused.problems where problem.pointer != "" {
                let line = problem.pointer.split(separator: "/").dropFirst().first.flatMap { Int($0) } ?? 0
                try require((1...lines).contains(line), "\(problem.pointer) is no line of the file")
            }
        }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ",").map(String.init)
        guard !fields.isEmpty else { return }
        try checkRow(CSV.row(fields), of: fields)
    }

    private static let header = "sku,title,language,format,description,weight,max_quantity,available,pdf_url\n"

    /// Read by another hand: every field is there, and none begins as a formula.
    private static func checkRow(_ row: String, of fields: [String]) throws {
        var read: [[UInt8]] = [[]]
        var isQuoted = false
        var bytes = Array(row.utf8)[...]
        try require(bytes.suffix(2).elementsEqual([0x0D, 0x0A]), "a row does not end with CRLF")
        bytes.removeLast(2)
        while let byte = bytes.popFirst() {
            switch byte {
            case 0x22 where isQuoted && bytes.first == 0x22:
                read[read.count - 1].append(0x22)
                bytes.removeFirst()
            case 0x22: isQuoted.toggle()
            case 0x2C where !isQuoted: read.append([])
            default:
                try require(isQuoted || byte != 0x0A && byte != 0x0D, "a line break outside quotes")
                read[read.count - 1].append(byte)
            }
        }
        try require(read.count == fields.count, "\(fields.count) fields became \(read.count)")
        for (text, field) in zip(read.map({ String(decoding: $0, as: UTF8.self) }), fields) {
            try require(text == field || text == "'" + field, "a field was changed")
            let first = text.unicodeScalars.first ?? " "
            try require(!"=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first), "a field begins as a formula")
        }
    }
}
