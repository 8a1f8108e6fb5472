"""Does a person's sentence tell of trouble on the way, and not just of the product's?"""

import re
from typing import Final

#: Trouble of a connection, in people's words.
_NETWORK: Final = re.compile(
    r"\b(?:tim(?:es?|ed|ing)[ -]?out|timeouts?|refus\w+|un?reachable|not reachable|hangs?|hanging"
    r"|hung|stall\w*|stuck|blocks?|blocked|blocking|drops?|dropped|den(?:y|ies|ied)|no route"
    r"|resets?|intermittent\w*|sporadic\w*|flap\w*|flak\w+|unstable|packet loss"
    r"|(?:cannot|can't|can not|could not|couldn't|unable to|not able to|does ?n[o']t|fails? to"
    r"|failed to|never) (?:\w+ ){0,2}?(?:connect|reach|resolve|answer|respond|get through|return"
    r"|come back|open)\w*|no (?:connection|answer|response|reply|internet)"
    r"|zeit.{1,2}berschreitung\w*|verweigert|abgelehnt|geblockt|blockiert|gesperrt|h.{1,2}ngt"
    r"|nicht (?:erreichbar|aufl\w+|aufgel\w+|verbinden)|keine (?:verbindung|antwort)|bricht ab"
    r"|abbr\w+|bloqu\w+|injoignable|ne r.{1,2}pond pas|d.{1,2}lai\w*|rechaz\w*|bloquead\w*"
    r"|no responde|no se conecta|recusad\w*|n.{1,2}o responde|rifiutat\w*|non risponde)\b"
    r"|таймаут|недоступ|не отвечает|タイムアウト|接続でき|超时|连不上|无法连接",
    re.IGNORECASE,
)
#: It works now and then, which is trouble however good the output beside it looks.
_SOMETIMES: Final = re.compile(
    r"\b(?:sometimes|intermittent\w*|sporadic\w*|occasional\w*|every (?:second|third|other|few)"
    r"|(?:now and|from time to) time|on and off|one (?:in|out of) \w+|only (?:one|half|some) of"
    r"|at (?:random|night|times)|manchmal|gelegentlich|sporadisch|ab und zu|zeitweise|jede[rs]? "
    r"(?:zweite|dritte)\w*|parfois|de temps en temps|une fois sur|a veces|de vez en cuando"
    r"|às vezes|a volte|soms|af en toe)\b",
    re.IGNORECASE,
)
#: That something does not work, without a word on how.
_VAGUE: Final = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|errors?|(?:does|do|did|is|are)(?:n[o']t| not) (?:work\w*|succeed)"
    r"|not work\w*|(?:only|just|gets?|get|shows?) (?:an? )?errors?|nothing (?:comes?|happens)"
    r"|broken|down|geht (?:es )?nicht|funktioniert (?:es )?nicht|klappt nicht|kommt nichts"
    r"|schl.{1,2}gt \w*\s?fehl|fehler\w*|ne (?:marche|fonctionne) pas|[eé]choue\w*|erreurs?"
    r"|no funciona|falla|n.{1,2}o funciona|non funziona|werkt niet)\b|不行|не работает",
    re.IGNORECASE,
)
#: Where on the way, or with which tool: then the complaint is about what the paste is to show.
_ABOUT_THE_WAY: Final = re.compile(
    r"\b(?:curl|wget|ping|nc|telnet|openssl|dig|nslookup|tracer\w+|commands?|rails console|runner"
    r"|connections?|connect\w*|networks?|servers?|nodes?|hosts?|machines?|containers?|pods?|vms?"
    r"|(?:app|gl|web|sidekiq|git|node|srv)-?\d+|other (?:one|two|node|side)|prox\w+|firewalls?"
    r"|ports?|dns|resolver|as (?:the )?git|git user|sidekiq|cron|verbindung\w*|befehl|knoten"
    r"|rechner|commande|serveur|connexion|r.{1,2}seau|servidor|conexi.{1,2}n|comando|rete)\b",
    re.IGNORECASE,
)
_PRODUCT: Final = re.compile(
    r"\b(?:activat\w*|aktivier\w*|activer|activar\w*|activaci\w*|ativa\w*|attiva\w*|licen[cs]\w*"
    r"|lizenz\w*|subscription\w*|abonnement\w*|suscripci\w*|sync\w*|trial|seats?|ui|page"
    r"|button|admin area|admin panel|banner|box|premium|ultimate|renew\w*)\b",
    re.IGNORECASE,
)
#: Nothing is claimed: a question, a condition, an instruction.
_NO_CLAIM: Final = re.compile(
    r"^\W*(?:if|when|whenever|unless|in case|should|wenn|falls|sollte|si|en cas|se|als)\b"
    r"|\b(?:if (?:you|it|this|that|the|there)|could (?:it|this|that|there) be|might|maybe|perhaps"
    r"|would|whether|is (?:it|there|this)|are there|do (?:we|you)|can you|is something|to rule out"
    r"|make sure|check (?:that|if|whether)|not sure|vielleicht|k.{1,2}nnte|ob |peut-[eê]tre"
    r"|quiz[aá]s?|talvez|forse)\b",
    re.IGNORECASE,
)
#: It was so, and is no more.
_OVER: Final = re.compile(
    r"\b(?:fixed|solved|resolved|no longer|not any ?more|any ?more|works? (?:now|again)|now works?"
    r"|now (?:it |we |all )?(?:is |are )?(?:fine|ok|good|open|allowed)|opened|unblocked|whitelisted"
    r"|allow-?listed|is gone|are gone|went away|used to|previously|formerly|until (?:then|today"
    r"|yesterday|now)|before (?:the|we|that|this|opening|changing)|had been|was (?:a|the|our|due|"
    r"caused|blocked|blocking|failing|refused|down)|were (?:blocked|failing|dropped|down)"
    r"|behoben|gel[oö]st|erledigt|freigeschaltet|ge[oö]ffnet|vorher|fr[uü]her|bis gestern"
    r"|r[eé]solu|corrig[eé]|avant|r[eé]gl[eé]|solucionado|resuelto|antes|resolvido|risolto)\b",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"\b(?:no|not|n[o']t|nothing|never|without|any|neither|keine?n?|nicht|nichts|ohne|sans|aucune?"
    r"|sin|ning\w+)\s+(?:\w+\s+){0,3}?(?:timeouts?|errors?|blocks?|blocked|blocking|drops?|dropped"
    r"|resets?|refus\w+|den(?:y|ies|ied)|packet loss|losses|failures?|problems?|issues?|fehler\w*"
    r"|geblockt|blockiert|gesperrt|erreurs?|errores|bloqu\w+|firewall)\b",
    re.IGNORECASE,
)


_CLAUSE: Final = re.compile(
    r"[,;:()]|\s-{1,2}\s|\b(?:but|however|whereas|aber|sondern|mais|pero|mas|maar)\b", re.IGNORECASE
)
_SENTENCE: Final = re.compile(r"[^.!?]+(?:[.!?](?=\S)[^.!?]+)*[.!?]*")


def complains(text: str) -> bool:
    """Is something claimed to go wrong between the server and the portal?"""
    return any(_claims(sentence) for sentence in _SENTENCE.findall(text))


def _claims(sentence: str) -> bool:
    plain = _DENIED.sub(" ", sentence)
    if _NO_CLAIM.search(plain) or plain.rstrip(" \"')").endswith("?") or _OVER.search(plain):
        return False
    return any(_is_trouble(clause) for clause in _CLAUSE.split(plain))


def _is_trouble(plain: str) -> bool:
    on_the_way = _ABOUT_THE_WAY.search(plain) is not None
    if _SOMETIMES.search(plain):
        return on_the_way or _NETWORK.search(plain) is not None or _VAGUE.search(plain) is not None
    if _PRODUCT.search(plain) and not on_the_way:
        return False
    return bool(_NETWORK.search(plain) or (on_the_way and _VAGUE.search(plain)))


_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_SPEECH: Final = re.compile(
    r"\b(?:the|is|are|was|we|i|it|this|that|but|and|from|on|our|my|you|still|then|when|same|with"
    r"|der|die|das|ist|wir|ich|es|aber|und|von|auf|bei|mit|auch|noch|nur|dem|den|ein|eine"
    r"|le|la|les|est|nous|je|mais|et|sur|avec|depuis|encore|un|une|du|des"
    r"|el|los|pero|y|en|con|desde|una|o|os|mas|com|ainda|il|lo|ma|da|non"
    r"|het|een|maar|op|met|nog|niet)\b",
    re.IGNORECASE,
)
_MARKED: Final = re.compile(
    r"\s*(?:[*<>{}\[\]|;+=]|\w+://|[\w./-]{1,40}: ?\(?\w*\)? |\d{4}-\d\d-\d\d|\w+\s*="
    r"|\S+=\S+ \S+=)"
)
_FEWEST: Final = 4
_FEW_SPOKEN: Final = 3
_PLAIN: Final = 0.6
_FEWEST_IN_REMARK, _MOST_IN_REMARK = 2, 8


def is_prose(text: str) -> bool:
    """Did a person write this line? Programs begin with a mark, a name or a number."""
    words = text.split()
    if len(words) < _FEWEST:
        return False
    plain = sum(bool(_WORD.fullmatch(word.strip(".,;:!?()'\"*_-"))) for word in words)
    spoken = len(_SPEECH.findall(text))
    if _MARKED.match(text) and spoken < _FEW_SPOKEN:
        return False
    return spoken >= 1 and plain >= len(words) * _PLAIN


def is_remark(text: str) -> bool:
    """A few plain words on how the product fares: nobody's output, and not about the way."""
    words = text.split()
    if not _FEWEST_IN_REMARK <= len(words) <= _MOST_IN_REMARK or _MARKED.match(text):
        return False
    plain = all(_WORD.fullmatch(word.strip(".,;!?()'\"*_-")) for word in words)
    return plain and _PRODUCT.search(text) is not None and _NETWORK.search(text) is None


_PERSONAL: Final = re.compile(
    r"\b(?:we|i|you|our|my|us|me|it|this|that|these|they|he|she|still|but|please|thanks?|hello|hi"
    r"|wir|ich|uns\w*|mein\w*|sie|aber|bitte|danke|hallo|es|nous|je|notre|nos|vous|mais|merci"
    r"|bonjour|nosotros|nuestr\w+|pero|gracias|hola|nossa?|mas|noi|nostr\w+|wij|ons|onze)\b",
    re.IGNORECASE,
)


def is_personal(text: str) -> bool:
    """Does somebody speak of themselves, to somebody, or of the product that they use?"""
    return bool(_PERSONAL.search(text) or _PRODUCT.search(text))
