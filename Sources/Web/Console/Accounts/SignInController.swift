import Fulfillment
import HTTPTypes
import Hummingbird
import Logging
import Orders

/// Signing in and out, and choosing a password.
struct SignInController: Sendable {
    private static let deviceCookie = "device"
    private static let formCookie = "signin"
    private static let deviceSeconds = 90 * 86_400

    private let desk: ConsoleDesk
    private let passwords: Passwords
    private let brake = SignInBrake()

    init(_ desk: ConsoleDesk, passwords: Passwords) {
        self.desk = desk
        self.passwords = passwords
    }

    var routes: [Route] {
        [
            .get("/staff", for: .console(nil)) { _, _ in .seeOther("/staff/orders") },
            .get("/staff/sign-in", for: .console(nil), show),
            .post("/staff/sign-in", for: .console(nil), signIn),
            .post("/staff/sign-out", for: .console(nil), signOut),
            .get("/staff/resume", for: .console(nil), resume),
            desk.get("/staff/password", for: .ordersRead, showPassword),
            desk.post("/staff/password", for: .ordersRead, changePassword),
        ]
    }

    // MARK: In

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try QueryParameters(request)
        let target = SignInTarget(given: query.all("to").first)
        if try await desk.visit(request, context) != nil { return .seeOther(target.path ?? "/staff/orders") }
        let reason: String? =
            if query.all("out").first != nil {
                "You are signed out."
            } else if query.all("form").first != nil {
                "Your session has ended. Sign in to finish what you were doing; what you typed is kept."
            } else if desk.cookies.value(ConsoleDesk.sessionCookie, of: request) != nil {
                "Your session has ended. Sign in to go on."
            } else {
                nil
            }
        return page(request, SignInView(email: "", target: target, reason: reason))
    }

    /// The form carries a token bound to a cookie of its own, since there is no session yet.
    private func page(
        _ request: Request, _ view: SignInView, status: HTTPResponse.Status = .ok, wait seconds: Int64 = 0
    ) -> Response {
        let known = desk.cookies.value(Self.formCookie, of: request).flatMap { SessionSecret($0) }
        let secret = known ?? .random()
        var view = view
        view.token = secret.formToken
        var frame = PageFrame(.english, title: "Sign in")
        frame.isConsole = true
        frame.hasErrors = view.problems.isAny
        var answer = desk.press.answer("staffsignin", view, frame: frame, status: status)
        if known == nil { answer.headers.append(desk.cookies.field(Self.formCookie, secret.text)) }
        if seconds > 0 { answer.headers[.retryAfter] = String(seconds) }
        return answer
    }

    @Sendable private func signIn(_ request: Request, _ context: WebContext) async throws -> Response {
        guard case .ours = PostOrigin(request, publicURL: desk.settings.publicURL) else { throw Problem(.crossSite) }
        let form = try await FormFields(of: request, with: desk.bodies)
        guard let secret = desk.cookies.value(Self.formCookie, of: request).flatMap({ SessionSecret($0) }),
            isSameSecret(form["token"] ?? "", secret.formToken)
        else { throw Problem(.crossSite) }
        let typed = form["email"] ?? ""
        let password = form["password"] ?? ""
        var view = SignInView(email: typed, target: SignInTarget(given: form["to"]), reason: nil)
        let email = StaffAccount.email(typed)
        if email == nil {
            view.problems.add("email", "Enter your email address, like name@example.org")
            view.emailProblem = "Enter your email address, like name@example.org"
        }
        if password.isEmpty {
            view.problems.add("password", "Enter your password")
            view.passwordProblem = "Enter your password"
        }
        guard !view.problems.isAny, let email else { return page(request, view, status: .unprocessableContent) }

        let device = desk.cookies.value(Self.deviceCookie, of: request).flatMap { SessionSecret($0) }
        let login = try await desk.store.login(email: email, device: device?.hash)
        let brakeKey = login?.isKnownDevice == true ? "device " + (device?.text ?? "") : "account " + email
        let wait = brake.begin(brakeKey, at: desk.clock.uptimeMilliseconds)
        if wait > 0 {
            let problem = "There were too many tries. Wait \(wait) seconds, then try again"
            view.problems.add("password", problem)
            view.passwordProblem = problem
            return page(request, view, status: .tooManyRequests, wait: wait)
        }
        // Too long a password is nobody's: no work is done for it.
        let isRight =
            password.utf8.count <= 4 * PasswordRule.longest
            ? try await passwords.fits(password, login?.password) : false
        if isRight, let login, login.account.disabledAt == nil,
            let answer = try await open(login, request, target: view.target, device: device)
        {
            brake.succeeded(brakeKey)
            return answer
        }
        desk.logger.notice("a staff sign-in was refused", metadata: ["request_id": "\(context.requestID)"])
        // Beside the password: it is what must be typed again.
        let problem = "The email address or the password is not right"
        view.problems.add("password", problem)
        view.passwordProblem = problem
        return page(request, view, status: .unprocessableContent)
    }

    /// A new session under a new secret, whatever the browser had before; nil when the account changed meanwhile.
    private func open(
        _ login: StaffLogin, _ request: Request, target: SignInTarget, device: SessionSecret?
    ) async throws -> Response? {
        let old = desk.cookies.value(ConsoleDesk.sessionCookie, of: request).flatMap { SessionSecret($0) }
        let secret = SessionSecret.random()
        let device = login.isKnownDevice ? device ?? .random() : .random()
        let isOpen = try await desk.store.openSession(
            secret.hash, for: login.account.name, verifiedBy: login.password, replacing: old?.hash,
            device: device.hash, at: desk.clock.now)
        guard isOpen else { return nil }
        if let old { desk.shelves.clear(for: old.hash) }
        desk.logger.notice("staff signed in", metadata: ["name": "\(login.account.name)"])
        let hasForm = desk.waitingForm(request, of: login.account.name) != nil
        return .seeOther(
            hasForm ? "/staff/resume" : target.path ?? "/staff/orders?view=\(login.account.preferences.view.rawValue)",
            cookies: [
                desk.cookies.field(ConsoleDesk.sessionCookie, secret.text),
                desk.cookies.field(Self.deviceCookie, device.text, maxAgeSeconds: Self.deviceSeconds),
                desk.cookies.removal(Self.formCookie),
            ])
    }

    /// Shows the form that was interrupted to whoever wrote it, as often as they ask, until it is sent.
    @Sendable private func resume(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let visit = try await desk.visit(request, context) else { return .seeOther("/staff/sign-in") }
        guard let form = desk.waitingForm(request, of: visit.account.name) else { return .seeOther("/staff/orders") }
        return desk.resumption(of: form, visit)
    }

    // MARK: Out

    /// Works without a session too: whoever presses it wants to be out.
    @Sendable private func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
        guard case .ours = PostOrigin(request, publicURL: desk.settings.publicURL) else { throw Problem(.crossSite) }
        let form = try await FormFields(of: request, with: desk.bodies)
        if let visit = try await desk.visit(request, context) {
            guard isSameSecret(form["token"] ?? "", visit.secret.formToken) else { throw Problem(.crossSite) }
            try await desk.store.endSession(visit.secret.hash)
            desk.shelves.clear(for: visit.secret.hash)
        }
        return .seeOther("/staff/sign-in?out=yes", cookies: [desk.cookies.removal(ConsoleDesk.sessionCookie)])
    }

    // MARK: The password

    @Sendable private func showPassword(_ visit: StaffVisit) async throws -> Response {
        passwordPage(visit, PasswordView(visit))
    }

    private func passwordPage(
        _ visit: StaffVisit, _ view: PasswordView, status: HTTPResponse.Status = .ok
    ) -> Response {
        desk.page(
            "staffpassword", visit, title: "Your password", tab: nil, view, status: status,
            hasErrors: view.problems.isAny)
    }

    @Sendable private func changePassword(_ visit: StaffVisit, _ form: FormFields) async throws -> Response {
        let new = form["new"] ?? ""
        var view = PasswordView(visit)
        let account = visit.account
        if let refusal = PasswordRule.refusal(new, of: (account.name, account.email)) {
            view.newProblem = "The new password \(refusal)"
            view.problems.add("new", "The new password \(refusal)")
        } else if new != form["again"] {
            view.newProblem = "Type the same new password twice"
            view.problems.add("new", "Type the same new password twice")
        }
        // Whoever finds an open browser must not be able to take the account over.
        let key = "password " + account.name
        let wait = brake.begin(key, at: desk.clock.uptimeMilliseconds)
        let login = try await desk.store.login(email: account.email, device: nil)
        if wait > 0 {
            let problem = "There were too many tries. Wait \(wait) seconds, then try again"
            view.oldProblem = problem
            view.problems.add("old", problem)
        } else if try await !passwords.fits(form["old"] ?? "", login?.password) {
            view.oldProblem = "The old password is not right"
            view.problems.add("old", "The old password is not right")
        } else {
            brake.succeeded(key)
        }
        if !view.problems.isAny, new == form["old"] {
            view.newProblem = "Choose another password than the old one"
            view.problems.add("new", "Choose another password than the old one")
        }
        guard !view.problems.isAny else { return passwordPage(visit, view, status: .unprocessableContent) }
        let hash = try await passwords.hash(new)
        _ = try await desk.store.setPassword(hash, of: account.name, mustChange: false, keeping: visit.secret.hash)
        return .seeOther("/staff/me?done=password")
    }
}

/// Values of the sign-in page.
struct SignInView: Sendable {
    let email: String
    let to: String?
    let reason: String?
    var token = ""
    var problems = ConsoleProblems()
    var emailProblem: String?
    var passwordProblem: String?
    let target: SignInTarget

    init(email: String, target: SignInTarget, reason: String?) {
        self.email = email
        self.target = target
        to = target.path
        self.reason = reason
    }
}

private struct PasswordView: Sendable {
    let mustChange: Bool
    let email: String
    let shortest = PasswordRule.shortest
    var problems = ConsoleProblems()
    var oldProblem: String?
    var newProblem: String?

    init(_ visit: StaffVisit) {
        mustChange = visit.account.mustChangePassword
        email = visit.account.email
    }
}
