# Edge as a .tac file, for those who start their Twisted services that way:
#
#     twistd -n -y edgeproxy.tac
#
# It is the same as `twistd -n edgeproxy --config FILE`. The configuration is read from the file that the environment
# variable EDGEPROXY_CONFIG names, else from /etc/edgeproxy/edgeproxy.toml.

import os

from twisted.application.service import Application

from edge_twisted.tap import makeService

config = os.environ.get("EDGEPROXY_CONFIG", "/etc/edgeproxy/edgeproxy.toml")

application = Application("edgeproxy")
makeService({"config": config}).setServiceParent(application)
