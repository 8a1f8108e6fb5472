"""What GNU wget says about certificates and connections, by stems of its languages."""
# ruff: noqa: RUF001 - the texts are written in many scripts

from typing import Final

from bot.evidence.rules import Rule, compiled, table

_CERTIFICATE: Final = r"(?:certifi\w*|zertifi\w*|certyfik\w*|сертификат\w*|証明書|证书|憑證|인증서)"


def _certificate(*stems: str) -> str:
    """The stem and the word certificate near each other, in either order."""
    stem = "(?:" + "|".join(stems) + ")"
    return rf"{_CERTIFICATE}[^\n]{{0,90}}{stem}|{stem}[^\n]{{0,60}}{_CERTIFICATE}"


CERTIFICATE_WORDS: Final[tuple[Rule, ...]] = table(
    (
        _certificate(
            (
                r"not yet (?:valid|(?:been )?activated)|noch nicht (?:g.{1,2}ltig"
                r"|aktiviert)|pas encore"
            ),
            (
                r"no es a.{1,2}n v|a.{1,2}n activado|non .{0,8}ancora|ainda n.{1,2}o"
                r"|ещё не|まだ有効|(?:还)?未生效|还未激活|尚未"
            ),
            r"아직|nie (?:jest|został) jeszcze|nog niet|ještě ne|ännu inte|inte aktiverat",
        ),
        "tls_not_yet_valid",
    ),
    (
        _certificate(
            r"expired|nicht mehr g.{1,2}ltig|abgelaufen|expir(?:é|ado|ou)\b|scaduto|ист[её]к|失効",
            r"过期|過期|到期|더이상 유효하지|wygas|verlopen|platnost|gått ut",
        ),
        "tls_expired",
    ),
    (
        _certificate(
            (
                r"(?:no|alternative) .{0,40}name matches|doesn't match|does not match"
                r"|stimmt nicht|keiner der alternativen|entspricht nicht"
            ),
            (
                r"passt nicht|ne correspond pas|correspond .{0,40}demandé|encaja"
                r"|no se ajusta|nessuno dei nomi|non corrisponde"
            ),
            (
                r"não (?:coincide|corresponde)|не совпадает|一致しません|不符|不相符"
                r"|没有匹配|일치하지|일치하는|nie pasuje"
            ),
            r"komt (?:niet )?overeen|neshoduje|matchar inte",
        ),
        "tls_hostname_mismatch",
    ),
    (r"self-signed certificate in (?:certificate )?chain", "tls_untrusted_ca"),
    (
        _certificate(
            (
                r"self-signed|selbst-?signiert|autosigné|auto-?firmado|auto-?firmato"
                r"|auto-?assinado|самостоятельно подписан"
            ),
            (
                r"自己署名|自己签名|自簽|자체 서명|samodzielnie podpisan|zelf-ondertekend"
                r"|podepsaný sám|självsignerat"
            ),
        ),
        "tls_self_signed",
    ),
    (
        _certificate(r"insecure algorithm|key too (?:weak|small)|unsicheren algorithmus"),
        "tls_weak_key",
    ),
    (
        _certificate(
            (
                r"not trusted|verif(?:ication|y) failed|unable to get (?:local )?issuer"
                r"|known issuer|cannot verify|signer .{0,30}not a ca|nicht vertraut"
                r"|keinen bekannten|kann nicht gepr|nicht überprüft"
            ),
            (
                r"pas de confiance|émetteur connu|ne (?:peut|peux) .{0,10}v.{1,2}rifi"
                r"|no es confiable|emisor conocido|no se puede verificar|non .{1,3} fidato"
            ),
            (
                r"emittente conosciuto|impossibile verificare|confiável|de confiança"
                r"|emissor conhecido|impossível verificar|нет доверия"
            ),
            (
                r"неизвестный издатель|не удаётся проверить|невозможно проверить"
                r"|信用されません|発行者が不明|検証できません|不可信|颁发者|无法验证"
                r"|不受信任|신뢰할 수"
            ),
            (
                r"wordt niet vertrouwd|niet verifi|nie jest zaufan|nie można zweryfikować"
                r"|není důvěryhodn|ověřit|inte betrott|inte verifiera"
            ),
        )
        + r"|unable to locally verify the issuer|issuer .{0,20}unknown"
        + r"|v.{1,2}rifier localement l.autorité|権限を検証できません|証明書.{0,60}検証に失敗"
        + r"|로컬에서 검증할 수 없|autoriteit van de uitgever|znanego wystawcy"
        + r"|kontroli centrum certyfikacji|verificar localmente a autoridade"
        + r"|lokalt verifiera utfärdar|無法(?:本機)?驗證",
        "tls_untrusted_ca",
    ),
)
NO_TLS: Final = compiled(
    r"unable to establish ssl|ssl-verbindung|(?:incapable"
    r"|impossible) d'.{0,4}tablir .{0,20}ssl|conexi.n ssl|connessione ssl"
    r"|conex.o (?:segura )?\(?ssl|ligação ssl|ssl-соединение|ssl による接続"
    r"|无法建立 ssl|ssl 連線|połączenia ssl|ssl-verbinding|spojení ssl|ssl spojení"
    r"|ssl-anslutning|ssl 연결"
)
AWAITING: Final = compiled(
    r"(?:awaiting response|(?:warte auf antwort|auf antwort wird gewartet)"
    r"|en attente de la r.{1,2}ponse|esperando respuesta|応答を待っています"
    r"|in attesa di risposta|等待(?:回应|响应|回應)|aguard\S{1,8} (?:a )?resposta"
    r"|ожидание ответа|oczekiwanie na odpowiedź|wachten op antwoord|čekám na odpověď"
    r"|program čeká na odpověď|väntar på svar"
    r"|응답(?:을)? 기다리는 중)\W{0,6}(?P<status>[1-5]\d\d)\b"
)
LOCATION: Final = compiled(
    r"(?:location|platz|emplacement|localizaci.n|ubicaci.n|posizione|localização|адрес"
    r"|場所|位置|위치|lokalizacja|locatie|přesměrováno na"
    r"|plats) ?[:：] ?(?P<location>https?://\S+)"
)
PROXY_TUNNEL: Final = (
    r"(?:proxy tunneling failed|proxy-tunneling fehlgeschlagen|.chec de tunnel"
    r"|fall. la tunelizaci.n proxy|tunnel proxy non riuscito"
    r"|tunelamento pelo proxy falhou|сбой туннелирования прокси"
    r"|プロクシのトンネリングに失敗|代理(?:渠道错误|隧道)|tunelowanie proxy nie)"
)
READ_ERROR: Final = compiled(
    r"read error \((?P<why>[^)]{0,120})\)|lesefehler \((?P<de>[^)]{0,120})\)"
    r"|erreur de lecture \((?P<fr>[^)]{0,120})\)"
    r"|error de lectura \((?P<es>[^)]{0,120})\)"
    r"|読み込みエラー ?\((?P<ja>[^)]{0,120})\)|no data received|keine daten empfangen"
    r"|aucune donnée reçue|no se han recibido datos|nessun dato ricevuto|nenhum dado"
    r"|не получено никаких данных|データが受信されません|没有接收到数据|brak danych"
    r"|failed writing http request|error getting response"
)
