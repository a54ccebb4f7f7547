#include "common/uplink/channel.h"

#include <grpcpp/grpcpp.h>

#include "common/uplink/callback_threads.h"

namespace urna::uplink {

std::shared_ptr<grpc::Channel> make_channel(const Upstream& to, const model::ElectionId& election,
                                            const TlsIdentity& tls) {
  keep_callback_threads();
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(trust::dns_name_of(election, to.unit));
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(to.address, channel_credentials(tls), arguments);
}

}  // namespace urna::uplink
