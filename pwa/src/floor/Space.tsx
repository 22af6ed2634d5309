/** Holds the place of rows that are not drawn. */
export function Space({ height, columns }: { height: number; columns: number }) {
  return (
    <tr className="floor-space">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
