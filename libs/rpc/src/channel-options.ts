import type { ChannelOptions } from '@grpc/grpc-js';
import { limits } from '@outrider/contracts';

/** Options of both ends of a connection: bounded messages, and dead peers noticed within 20 seconds. */
export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': limits.messageBytes,
  'grpc.max_send_message_length': limits.messageBytes,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
};
