import { ATTRIBUTE_TYPES, type AttributeProto } from './onnx-proto.js';

/** An attribute with its ONNX type, since a JavaScript number does not say whether it is an integer. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string };

/** An attribute in the words of the ONNX format. */
export function attributeProto(name: string, attribute: Attribute): AttributeProto {
  if ('int' in attribute) return { name, type: ATTRIBUTE_TYPES.int, i: attribute.int };
  if ('ints' in attribute) return { name, type: ATTRIBUTE_TYPES.ints, ints: attribute.ints };
  if ('float' in attribute) return { name, type: ATTRIBUTE_TYPES.float, f: attribute.float };
  if ('floats' in attribute) return { name, type: ATTRIBUTE_TYPES.floats, floats: attribute.floats };
  return { name, type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(attribute.string) };
}
