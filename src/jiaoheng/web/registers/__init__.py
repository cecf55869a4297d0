"""The registers on the site: lists with filters and exports, a page a pupil, class or member of staff, and what clerks do with them."""
