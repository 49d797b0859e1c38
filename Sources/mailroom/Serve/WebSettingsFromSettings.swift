import Web

extension WebSettings { init(_ settings: Settings) { self.init(publicURL: settings.publicURL) } }
