"""How easy a text is to read: Flesch-Kincaid's grade for English, Szigriszt's IFSZ for Spanish.

Only what the two formulas need, so that the numbers can be read off the code: words, sentences, syllables. The
syllables of English are guessed from its spelling, as every such tool does; `test_reading` holds the guess against
texts whose scores are known.
"""
import dataclasses
import re

WORD = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*")
# A period in these ends no sentence.
SHORT_FORMS = [("U.S.", "US"), ("EE. UU.", "EEUU"), ("a. m.", "am"), ("p. m.", "pm"), ("a.m.", "am"), ("p.m.", "pm")]
STRONG, WEAK, STRESSED = "aeoáéó", "iuü", "íú"


@dataclasses.dataclass
class Text:
    words: int
    sentences: int
    syllables: int

    @property
    def grade(self):
        """Flesch-Kincaid: the years of school that the text asks for."""
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59

    @property
    def ifsz(self):
        """Szigriszt-Pazos: higher is easier; 65 is "quite easy", 55 "normal"."""
        return 206.835 - 62.3 * self.syllables / self.words - self.words / self.sentences


def sentences(block):
    """The sentences of one block of text. What ends without a period, like a heading, ends with its block."""
    for form, plain in SHORT_FORMS:
        block = block.replace(form, plain)
    block = re.sub(r"\S+@\S+|https?://\S+", "it", block)
    parts = re.split(r"(?<=[.!?])[”\")]*\s+", block)
    return [part for part in parts if WORD.search(part)]


def measure(blocks, language):
    """The blocks of a page as one text; nil when there is no word in them."""
    all_sentences = [sentence for block in blocks for sentence in sentences(block)]
    words = [word for sentence in all_sentences for word in WORD.findall(sentence)]
    if not words:
        return None
    count = spanish_syllables if language == "es" else english_syllables
    return Text(len(words), len(all_sentences), sum(count(word) for word in words))


def long_sentences(blocks, most=20):
    return [sentence for block in blocks for sentence in sentences(block) if len(WORD.findall(sentence)) > most]


def english_syllables(word):
    word = re.sub(r"[’'].*$", "", word.lower())
    # Silent inside a word, as in "largely" and "someone".
    word = re.sub(r"(?<=[aeiour][^aeiou])e(?=(?:ly|ment|ful|less|one|thing|where)$)", "", word)
    groups = len(re.findall(r"[aeiouyáéíóú]+", word))
    # Silent at its end: the e of "phone", "phones", "mailed", but not of "title", "pages", "wanted".
    if re.search(r"[^aeiouyl]e$|[aeiou]le$|[^aeiouycgsxzlrh]es$|(?:[^aeiouytdl]|[aeiou]l)ed$", word):
        groups -= 1
    # Two vowels that are spoken apart: "area", "create", "radio", but not "nation", "special".
    groups += len(re.findall(r"(?<![cstx])i[ao](?!u)|eo(?=[nr])|uou|eate|[ae]ing|(?:id|ar)ea", word))
    return max(1, groups)


def spanish_syllables(word):
    """Vowels make syllables; a weak one beside another vowel makes one with it, unless it is stressed."""
    word = re.sub(r"[^\w]", "", word.lower())
    word = re.sub(r"qu(?=[eiéí])", "q", word)
    word = re.sub(r"gu(?=[eiéí])", "g", word)
    word = re.sub(r"y$|y(?=[^aeiouáéíóú])", "i", word)
    count, before = 0, ""
    for letter in word:
        if letter in STRONG + WEAK + STRESSED:
            together = before and (
                (before in WEAK and letter not in STRESSED) or (letter in WEAK and before not in STRESSED)
                or (before in WEAK and letter in STRONG))
            count += 0 if together else 1
            before = letter
        elif letter != "h":
            before = ""
    return max(1, count)
