"""Secrets on command lines go, whichever program takes them; its other options stay."""

import pytest

from bot.evidence.har.clean import Cleaner
from bot.evidence.redact import redact
from bot.evidence.redact_standins import StandIns

_SECRET = "Quartz!MkUA"

_LINES = (
    "docker login -u ci -p {} registry.acme.example",
    "docker login -u=ci -p={} registry.acme.example",
    '$ sudo /usr/bin/podman login registry.acme.example --username ci -p "{}"',
    "docker login \\\n  -u ci \\\n  -p {} \\\n  registry.acme.example",
    'C:\\> docker.exe login -u ci -p "{}" registry.acme.example',
    "mysql -uroot -p{} db",
    "mysqldump -h db -u root -p'{}' --all-databases > all.sql",
    "curl -sku admin:{} https://git.acme.example",
    "curl -u admin:{} https://git.acme.example",
    "http -a admin:{} GET git.acme.example",
    "deploy -password {} --now",
    "deploy --password={} --now",
    "keytool -list -storepass {} -keystore trust.jks",
    "sshpass -p {} ssh root@db01",
    "sshpass -p'{}' ssh root@db01",
    "echo {} | docker login --password-stdin -u ci",
    'echo -n "{}" | docker login -u ci --password-stdin',
    "printf '%s' '{}' | podman login --password-stdin registry.acme.example",
    'docker login --password-stdin registry.acme.example <<< "{}"',
    '"{}" | docker login --password-stdin registry.acme.example',
    'echo "root:{}" | chpasswd',
    "echo {} | sudo -S systemctl restart app",
    "redis-cli -h cache01 -a {} ping",
    "ldapsearch -x -H ldaps://dc01 -D cn=svc,dc=acme -w {} -b dc=acme",
    "ldapsearch -x -w{} -b dc=acme",
    "kubectl create secret generic db --from-literal=k={}",
    "kubectl -n app create secret generic db --from-literal=user=bob99 --from-literal 'k={}'",
    "openssl pkcs12 -in a.p12 -passin pass:{} -nodes",
    "sqlcmd -S db01 -U sa -P {} -Q 'select 1'",
    "plink -ssh root@db01 -pw {} uptime",
    "smbclient //files/share -U svc%{}",
    "xfreerdp /u:bob /p:{} /v:desk01",
    "rabbitmqctl change_password bob '{}'",
    "htpasswd -bc /etc/users bob {}",
    "net user bob {} /add",
    "vault login {}",
    "PGPASSWORD={} psql -h db01 -U app",
    "git clone https://deploy:{}@git.acme.example/a.git",
    '<span class="t">docker login -u ci -p {}</span><br>',
    "docker login -u ci -p &quot;{}&quot; registry.acme.example",
    '{{"log":"docker login -u ci -p \\"{}\\" host\\nLogin Succeeded"}}',
)


@pytest.mark.parametrize("line", _LINES)
def test_a_secret_on_a_command_line_goes_and_the_rest_stays(line: str) -> None:
    before, _, after = line.partition("{}")
    clean = redact(line.format(_SECRET)).text

    assert "MkUA" not in clean
    assert clean.startswith(before[:7].format())
    assert clean.endswith(after[-4:].replace("}}", "}"))
    assert redact(clean).text == clean


@pytest.mark.parametrize("line", _LINES)
def test_the_same_holds_for_the_trace_of_a_job_in_a_recording(line: str) -> None:
    body = f"$ date\n{line.format(_SECRET)}\ndone"
    clean = Cleaner(StandIns(portable=True)).clean({"text": body})

    assert "MkUA" not in str(clean)
    assert Cleaner(StandIns(portable=True)).clean({"text": clean}) == {"text": clean}


@pytest.mark.parametrize(
    "line",
    [
        "docker run -d -p 80:80 -p 443:443 nginx",
        "docker login --password-stdin",
        "docker login -u ci -p $CI_JOB_TOKEN $CI_REGISTRY",
        "docker login registry && docker run -p 80:80 app",
        "mysql -u root -p db",
        "mysql -P 3306 -h db01 -p",
        "ssh -p 2222 root@host",
        "nc -w 5 -zv customers.example_company.com 443",
        'curl -w "%{http_code}" -X POST -A Mozilla https://customers.example_company.com',
        "nmap -p 443 -Pn customers.example_company.com",
        "ps -p 1234 -o pid",
        "echo hello | tee file",
        "cat pw.txt | docker login --password-stdin",
        "echo $PASS | docker login --password-stdin",
        "openssl s_client -connect customers.example_company.com:443 -showcerts",
        "openssl x509 -passin env:FOO -in file:/etc/x",
        "kubectl create configmap a --from-literal=k=value1",
        "ldapsearch -x -W -D cn=x",
        "redis-cli -h cache01 -p 6379",
        "the option -password is deprecated",
        "use --password to give it",
        "docker login -u ci -p <password>",
        "psql --no-password maindb01",
        "traceroute -w 2 -p 443 -T customers.example_company.com",
        "curl -sSfL -x http://proxy01:3128 https://customers.example_company.com",
    ],
)
def test_what_is_no_secret_on_a_command_line_stays(line: str) -> None:
    assert redact(line).text == line
