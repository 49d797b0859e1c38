import Foundation

/// Recipients whose names have known frequencies, so that a search has a known number of hits.
enum People {
    struct Name: Sendable {
        let text: String
        /// As it stands in an e-mail: lower case letters and digits of ASCII only.
        let plain: String

        init(_ text: String) {
            self.text = text
            let folded = text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil).lowercased()
            plain = String(folded.unicodeScalars.filter { ("a"..."z").contains($0) || ("0"..."9").contains($0) })
        }
    }

    /// The family name of exactly one recipient in ten.
    static let frequentFamilyName = Name("Marlowe")

    static let firstNames = [
        "Ana", "María", "José", "Luis", "Zoë", "Renée", "André", "Søren", "Inés", "Jesús", "Abigail", "Adam", "Agnes",
        "Albert", "Alice", "Amir", "Amy", "Andrea", "Anthony", "Arjun", "Arthur", "Barbara", "Beatrice", "Benjamin",
        "Bridget", "Carla", "Carol", "Cecilia", "Charles", "Chen", "Clara", "Clarence", "Claudia", "Dana", "Daniel",
        "David", "Deborah", "Diane", "Dmitri", "Dolores", "Donald", "Dorothy", "Edith", "Edward", "Elena", "Eli",
        "Elizabeth", "Emma", "Erik", "Esther", "Ethan", "Eugene", "Evelyn", "Fatima", "Felix", "Frances", "Frank",
        "George", "Gloria", "Grace", "Hannah", "Harold", "Helen", "Henry", "Hiroshi", "Ida", "Irene", "Isaac",
        "Isabel", "Jacob", "James", "Jane", "Janet", "Jean", "Joan", "John", "Joyce", "Judith", "Julia", "Karen",
        "Keiko", "Kenneth", "Laura", "Lawrence", "Leah", "Linda", "Louise", "Lucy", "Margaret", "Mark", "Martin",
        "Mei", "Michael", "Miriam", "Nadia", "Nancy", "Naomi", "Olga", "Oscar", "Pamela", "Patrick", "Paul", "Peter",
        "Priya", "Rachel", "Raymond", "Rebecca", "Robert", "Rosa", "Ruth", "Samuel", "Sandra", "Sarah", "Stephen",
        "Susan", "Teresa", "Thomas", "Victor", "Walter", "Yusuf",
    ].map(Name.init)

    /// A thousand: every beginning with every end.
    static let familyNames: [Name] = {
        let beginnings = [
            "Ash", "Black", "Brad", "Brook", "Calder", "Chester", "Clay", "Crom", "Dal", "Ed", "Fair", "Farn", "Glad",
            "Green", "Hal", "Ham", "Hart", "Hazel", "Holm", "Kings", "Lang", "Lind", "Long", "Mead", "Mil", "Nor",
            "Oak", "Pem", "Rad", "Red", "Rosen", "Sher", "Stan", "Thorn", "Wad", "Wal", "West", "White", "Wood",
            "Yar",
        ]
        let ends = [
            "bourne", "bridge", "brook", "burn", "bury", "by", "combe", "cott", "dale", "den", "field", "ford",
            "gate", "ham", "hurst", "ley", "low", "man", "ridge", "sen", "stone", "ton", "wick", "wood", "worth",
        ]
        return beginnings.flatMap { beginning in ends.map { Name(beginning + $0) } }
    }()

    /// Mixed into one family name in twenty.
    static let accentedFamilyNames = [
        "Núñez", "Peña", "García", "Muñoz", "Müller", "Jørgensen", "Lévesque", "O’Brien", "Çelik", "Nguyễn",
        "Söderberg",
        "Ibáñez",
    ].map(Name.init)

    static let organizations: [String] = {
        let kinds = [
            "Cancer Center", "Community Hospital", "Oncology Associates", "Public Library", "Wellness Clinic",
            "Support Network", "Medical Group", "Hospice", "Health Department", "University Hospital",
        ]
        let names = [
            "Lakeside", "Saint Agnes", "Riverside", "Mercy", "Good Samaritan", "Evergreen", "Bayview", "Hilltop",
            "Northside", "Harbor", "Cedar", "Prairie", "Summit", "Meadowbrook", "Unity", "Providence", "Bethesda",
            "Valley", "Pine Grove", "Sunrise",
        ]
        return names.flatMap { name in kinds.map { "\(name) \($0)" } }
    }()

    static let streets = [
        "Main Street", "Oak Avenue", "Maple Drive", "Cedar Lane", "Elm Street", "Washington Boulevard", "Lake Road",
        "Hill Street", "Park Avenue", "Chestnut Street", "Mill Road", "Church Street", "Sunset Drive", "Ridge Road",
        "River Road", "Highland Avenue", "Forest Lane", "Jefferson Street", "Spring Street", "Willow Court",
    ]

    /// Four large providers share nine e-mails in ten; the rest is spread over two hundred small ones.
    static func domain(_ random: inout SeededRandom) -> String {
        let draw = random.next() % 100
        switch draw {
        case ..<35: return "example.com"
        case ..<65: return "mail.example.org"
        case ..<80: return "example.net"
        case ..<90: return "post.example.edu"
        default: return "clinic\(random.next() % 200).example.org"
        }
    }
}
