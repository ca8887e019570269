/** A page as text: `Loader` in template.yaml. */
declare module "*.html" {
  const text: string;
  export default text;
}
