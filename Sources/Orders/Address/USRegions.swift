/// Which two-letter regions the United States Postal Service serves, and which ZIP prefixes belong to them.
package enum USRegions {
    /// The 50 states, DC, the territories PR GU VI AS MP, and the military AA AE AP.
    package static let all: Set<String> = Set(prefixRanges.map(\.region))

    /// True when a ZIP of that prefix may belong to the region. A prefix that no region is known to have is
    /// accepted: the Postal Service adds them without notice.
    package static func fits(zipPrefix: Int, region: String) -> Bool {
        var known = false
        for range in prefixRanges where range.prefixes.contains(zipPrefix) {
            if range.region == region { return true }
            known = true
        }
        return !known
    }

    /// The regions that have ZIPs of this prefix, for a message to a person.
    package static func regions(zipPrefix: Int) -> [String] {
        prefixRanges.filter { $0.prefixes.contains(zipPrefix) }.map(\.region)
    }

    /// Three-digit prefixes by region, from the Postal Service's published list of sectional centers (labeling list
    /// L002). A prefix that serves several regions stands with each of them.
    private static let prefixRanges: [(region: String, prefixes: ClosedRange<Int>)] = [
        ("AL", 350...352), ("AL", 354...369), ("AK", 995...999), ("AZ", 850...853), ("AZ", 855...857),
        ("AZ", 859...860), ("AZ", 863...865), ("AR", 716...729), ("CA", 900...908), ("CA", 910...928),
        ("CA", 930...961), ("CO", 800...816), ("CT", 60...69), ("DE", 197...199), ("DC", 200...200), ("DC", 202...205),
        ("DC", 569...569), ("FL", 320...339), ("FL", 341...342), ("FL", 344...344), ("FL", 346...347),
        ("FL", 349...349), ("GA", 300...319), ("GA", 398...399), ("HI", 967...968), ("ID", 832...838),
        ("IL", 600...620), ("IL", 622...629), ("IN", 460...479), ("IA", 500...516), ("IA", 520...528),
        ("KS", 660...662), ("KS", 664...679), ("KY", 400...418), ("KY", 420...427), ("LA", 700...701),
        ("LA", 703...708), ("LA", 710...714), ("ME", 39...49), ("MD", 205...212), ("MD", 214...219), ("MA", 10...27),
        ("MA", 55...55), ("MI", 480...499), ("MN", 550...551), ("MN", 553...567), ("MS", 386...397), ("MO", 630...631),
        ("MO", 633...641), ("MO", 644...658), ("MT", 590...599), ("NE", 680...681), ("NE", 683...693),
        ("NV", 889...891), ("NV", 893...895), ("NV", 897...898), ("NH", 30...38), ("NJ", 70...89), ("NM", 870...871),
        ("NM", 873...875), ("NM", 877...884), ("NY", 5...5), ("NY", 63...63), ("NY", 100...149), ("NC", 270...289),
        ("ND", 580...588), ("OH", 430...459), ("OK", 730...731), ("OK", 734...741), ("OK", 743...749),
        ("OR", 970...979), ("PA", 150...196), ("RI", 28...29), ("SC", 290...299), ("SD", 570...577), ("TN", 370...385),
        ("TN", 422...422), ("TX", 733...733), ("TX", 739...739), ("TX", 750...770), ("TX", 772...799),
        ("TX", 885...885), ("UT", 840...847), ("VT", 50...54), ("VT", 56...59), ("VA", 200...201), ("VA", 205...205),
        ("VA", 220...246), ("WA", 980...986), ("WA", 988...994), ("WV", 247...268), ("WI", 530...532),
        ("WI", 534...535), ("WI", 537...549), ("WY", 820...831), ("WY", 834...834), ("PR", 6...7), ("PR", 9...9),
        ("VI", 8...8), ("GU", 969...969), ("MP", 969...969), ("AS", 967...967), ("AA", 340...340), ("AE", 90...98),
        ("AP", 962...966),
    ]
}
