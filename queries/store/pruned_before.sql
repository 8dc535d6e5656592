-- Nothing that ended before this moment is in the database, in ms since the epoch; NULL if nothing was pruned.
select epoch_ms(max(pruned_before)) from prunes
