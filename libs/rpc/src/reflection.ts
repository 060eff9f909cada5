import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Server } from '@grpc/grpc-js';
import { type MessageTypeDefinition, type PackageDefinition, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProtoPath } from 'grpc-health-check';

const healthService = 'grpc.health.v1.Health';

/** Adds server reflection, v1 and v1alpha: lists the named services and health, describes everything they use. */
export function addReflection(server: Server, fileDescriptorSet: Uint8Array, services: readonly string[]): void {
  const described: PackageDefinition = {
    ...loadSync(healthProtoPath),
    'outrider.v1': describe(readFiles(fileDescriptorSet)),
  };
  new ReflectionService(described, { services: [...services, healthService] }).addToServer(server);
}

/**
 * The only part of a definition that reflection looks at. The loader's own way from a descriptor set merges the files
 * and loses which fields are optional, after which no client can use them.
 */
function describe(fileDescriptorProtos: Buffer[]): MessageTypeDefinition<object, object> {
  const unused = (): never => {
    throw new Error('this definition only describes');
  };
  return {
    format: 'Protocol Buffer 3 DescriptorProto',
    type: {},
    fileDescriptorProtos,
    serialize: unused,
    deserialize: unused,
  };
}

/** google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
function readFiles(fileDescriptorSet: Uint8Array): Buffer[] {
  const reader = new BinaryReader(fileDescriptorSet);
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) files.push(Buffer.from(reader.bytes()));
    else reader.skip(type, field);
  }
  return files;
}
