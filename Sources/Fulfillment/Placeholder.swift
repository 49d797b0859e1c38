import Logging
import Metrics
import ServiceLifecycle
import Crypto
