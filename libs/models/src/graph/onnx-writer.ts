/**
 * Writes an ONNX model (IR version 10, opset 21 plus onnxruntime's contributed operators) with its large weights
 * in a file of their own, so that neither ever stands in memory whole. Field numbers are those of onnx.proto.
 */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export const GRAPH_FILE = 'graph.onnx';
export const WEIGHTS_FILE = 'weights.bin';

/** TensorProto.DataType. */
const DATA_TYPES = { float32: 1, uint8: 2, int8: 3, int64: 7 } as const;
export type DataType = keyof typeof DATA_TYPES;

/** A name stands for a dimension that each call may choose. */
export type Dimensions = readonly (number | string)[];
export type Attribute = number | string | readonly number[] | { readonly float: number };
/** A value in the graph, by its name. */
export type Value = string;

/** onnxruntime maps external weights whose offset is a multiple of the page size. */
const PAGE_BYTES = 4096;
const MICROSOFT = 'com.microsoft';

export class OnnxWriter {
  private readonly nodes = new BinaryWriter();
  private readonly initializers = new BinaryWriter();
  private readonly inputs = new BinaryWriter();
  private readonly outputs = new BinaryWriter();
  private readonly constants = new Map<string, Value>();
  private readonly weightsFile: number;
  private weightBytes = 0;
  private names = 0;

  constructor(private readonly directory: string) {
    this.weightsFile = openSync(join(directory, WEIGHTS_FILE), 'w');
  }

  input(name: string, type: DataType, dimensions: Dimensions): Value {
    writeValueInfo(this.inputs, 11, name, type, dimensions);
    return name;
  }

  output(name: string, type: DataType, dimensions: Dimensions): void {
    writeValueInfo(this.outputs, 12, name, type, dimensions);
  }

  /** Adds weights to the external file. */
  weight(name: string, type: DataType, dimensions: readonly number[], data: ArrayBufferView): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const padding = (PAGE_BYTES - (this.weightBytes % PAGE_BYTES)) % PAGE_BYTES;
    if (padding > 0) this.append(new Uint8Array(padding));
    const offset = this.weightBytes;
    this.append(bytes);
    const tensor = beginTensor(this.initializers, name, type, dimensions);
    const entries = { location: WEIGHTS_FILE, offset: String(offset), length: String(bytes.length) };
    for (const [key, value] of Object.entries(entries)) {
      tensor.tag(13, WireType.LengthDelimited).fork();
      tensor.tag(1, WireType.LengthDelimited).string(key).tag(2, WireType.LengthDelimited).string(value).join();
    }
    tensor.tag(14, WireType.Varint).int32(1).join();
    return name;
  }

  /** A small constant within the graph; equal ones are shared. */
  constant(type: DataType, dimensions: readonly number[], data: ArrayBufferView): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type} ${dimensions.join()} ${Buffer.from(bytes).toString('hex')}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh('constant');
    beginTensor(this.initializers, name, type, dimensions).tag(9, WireType.LengthDelimited).bytes(bytes).join();
    this.constants.set(key, name);
    return name;
  }

  integers(...values: number[]): Value {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  scalar(value: number): Value {
    return this.constant('float32', [], Float32Array.of(value));
  }

  /** A standard operator with one output. */
  op(type: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}, name?: Value): Value {
    const output = name ?? this.fresh(type);
    this.node('', type, inputs, [output], attributes);
    return output;
  }

  /** An operator of onnxruntime's own set with one output. */
  contributed(type: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}, name?: Value): Value {
    const output = name ?? this.fresh(type);
    this.node(MICROSOFT, type, inputs, [output], attributes);
    return output;
  }

  /** An operator with several outputs; an empty name leaves an optional one out. */
  multiple(
    domain: '' | 'com.microsoft',
    type: string,
    inputs: readonly Value[],
    outputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): Value[] {
    const names = outputs.map((name) => (name === '' ? '' : this.fresh(name)));
    this.node(domain, type, inputs, names, attributes);
    return names;
  }

  node(
    domain: string,
    type: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Record<string, Attribute>,
  ): void {
    const node = this.nodes.tag(1, WireType.LengthDelimited).fork();
    for (const input of inputs) node.tag(1, WireType.LengthDelimited).string(input);
    for (const output of outputs) node.tag(2, WireType.LengthDelimited).string(output);
    node.tag(3, WireType.LengthDelimited).string(this.fresh(type)).tag(4, WireType.LengthDelimited).string(type);
    for (const [name, value] of Object.entries(attributes)) writeAttribute(node, name, value);
    if (domain !== '') node.tag(7, WireType.LengthDelimited).string(domain);
    node.join();
  }

  /** Writes the graph file. Nothing can be added afterwards. */
  finish(): void {
    this.close();
    const model = new BinaryWriter().tag(1, WireType.Varint).int64(10);
    model.tag(7, WireType.LengthDelimited).fork();
    model.raw(this.nodes.finish()).tag(2, WireType.LengthDelimited).string('decoder');
    model.raw(this.initializers.finish()).raw(this.inputs.finish()).raw(this.outputs.finish()).join();
    for (const [domain, version] of [['', 21] as const, [MICROSOFT, 1] as const]) {
      model.tag(8, WireType.LengthDelimited).fork();
      if (domain !== '') model.tag(1, WireType.LengthDelimited).string(domain);
      model.tag(2, WireType.Varint).int64(version).join();
    }
    writeFileSync(join(this.directory, GRAPH_FILE), model.finish());
  }

  /** Closes the weights file; for a build that failed before `finish`. */
  close(): void {
    if (!this.closed) closeSync(this.weightsFile);
    this.closed = true;
  }
  private closed = false;

  private append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.weightsFile, bytes, done);
    this.weightBytes += bytes.length;
  }

  private fresh(prefix: string): string {
    return `${prefix}_${this.names++}`;
  }
}

/** Opens a TensorProto; the caller closes it with `join`. */
function beginTensor(writer: BinaryWriter, name: string, type: DataType, dimensions: readonly number[]): BinaryWriter {
  const tensor = writer.tag(5, WireType.LengthDelimited).fork();
  for (const dimension of dimensions) tensor.tag(1, WireType.Varint).int64(dimension);
  return tensor.tag(2, WireType.Varint).int32(DATA_TYPES[type]).tag(8, WireType.LengthDelimited).string(name);
}

function writeValueInfo(writer: BinaryWriter, field: number, name: string, type: DataType, shape: Dimensions): void {
  writer.tag(field, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(DATA_TYPES[type]).tag(2, WireType.LengthDelimited).fork();
  for (const dimension of shape) {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (typeof dimension === 'number') writer.tag(1, WireType.Varint).int64(dimension);
    else writer.tag(2, WireType.LengthDelimited).string(dimension);
    writer.join();
  }
  writer.join().join().join().join();
}

function writeAttribute(node: BinaryWriter, name: string, value: Attribute): void {
  const attribute = node.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(name);
  if (typeof value === 'number') attribute.tag(3, WireType.Varint).int64(value).tag(20, WireType.Varint).int32(2);
  else if (typeof value === 'string') {
    attribute.tag(4, WireType.LengthDelimited).bytes(Buffer.from(value)).tag(20, WireType.Varint).int32(3);
  } else if ('float' in value) attribute.tag(2, WireType.Bit32).float(value.float).tag(20, WireType.Varint).int32(1);
  else {
    for (const item of value) attribute.tag(8, WireType.Varint).int64(item);
    attribute.tag(20, WireType.Varint).int32(7);
  }
  attribute.join();
}
