import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProtoPath } from 'grpc-health-check';

/** Adds server reflection, v1 and v1alpha, over our own descriptors and those of grpc.health.v1. */
export function addReflection(server: Server, fileDescriptorSet: Buffer): void {
  const described = { ...loadFileDescriptorSetFromBuffer(fileDescriptorSet), ...loadSync(healthProtoPath) };
  new ReflectionService(described).addToServer(server);
}
