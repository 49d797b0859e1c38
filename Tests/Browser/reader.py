"""A reader at the public pages, in both languages."""
import re

WORDS = {
    "en": {
        "prefix": "", "continue": "Continue", "send": "Send my order", "have": "We have your order",
        "copies": "How many copies do you need?", "address": "Where should we send your booklets?",
        "contact": "How can we reach you if there is a problem?", "check": "Check your order before you send it",
        "already": "You already sent this order", "other": "Español", "problem": "There is a problem",
        "clear": "Clear my answers", "error": "Error: ",
    },
    "es": {
        "prefix": "/es", "continue": "Continuar", "send": "Enviar mi pedido", "have": "Recibimos su pedido",
        "copies": "¿Cuántas copias necesita?", "address": "¿Adónde mandamos sus folletos?",
        "contact": "¿Cómo le avisamos si hay un problema?", "check": "Revise su pedido antes de enviarlo",
        "already": "Usted ya mandó este pedido", "other": "English", "problem": "Hay un problema",
        "clear": "Borrar mis respuestas", "error": "Error: ",
    },
}
BREAST, LUNG, NET, KIT = "FSAC-BRE-EN", "FSAC-LUNG-ES", "FSAC-NET-EN", "FSAC-KIT-EN"
ADDRESS = {
    "name": "Ana María Núñez", "line1": "1 Main St", "city": "Springfield", "region": "illinois",
    "postal_code": "62701 1234",
}


class Reader:
    def __init__(self, desk, language="en", site=None, **page):
        self.site = site or desk.site
        self.words = WORDS[language]
        self.page = desk.page(**page)

    def go(self, path):
        return self.page.goto(self.site.url + self.words["prefix"] + path)

    def heading(self):
        return self.page.locator("h1").inner_text()

    def press(self, word):
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=self.words[word], exact=True).click()

    def choose(self, *skus):
        self.go("/")
        for sku in skus or (BREAST, LUNG):
            self.page.check(f"#pick-{sku}")
        self.press("continue")
        assert self.heading() == self.words["copies"], self.heading()

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.fill("#" + name, value)

    def to_address(self, *skus):
        self.choose(*skus)
        self.press("continue")
        assert self.heading() == self.words["address"], self.heading()

    def to_contact(self, *skus, **address):
        self.to_address(*skus)
        self.fill(**{**ADDRESS, **address})
        self.press("continue")
        assert self.heading() == self.words["contact"], self.heading()

    def to_check(self, *skus, **address):
        self.to_contact(*skus, **address)
        self.page.fill("#email", "ana@example.org")
        self.page.check("input[value=patient]")
        self.press("continue")
        assert self.heading() == self.words["check"], self.heading()

    def to_status(self, *skus, **address):
        self.to_check(*skus, **address)
        self.press("send")
        self.on_status()

    def on_status(self):
        assert re.search(r"/s/[A-Za-z0-9_-]{32}$", self.page.url), self.page.url
        assert self.words["have"] in self.page.locator("main").inner_text()

    def number(self):
        return self.page.locator(".number").inner_text()
