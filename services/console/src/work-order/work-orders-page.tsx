export function WorkOrdersPage() { return null; }
