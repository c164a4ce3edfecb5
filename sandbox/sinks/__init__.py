"""Where alerts arrive in a sandbox: a webhook and a mail server that write down what they are given."""

PORTS = {"webhook": 9098, "mail": 2525}
