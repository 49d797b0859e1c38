import ArgumentParser
import Configuration

@main struct Mailroom { static func main() {} }
