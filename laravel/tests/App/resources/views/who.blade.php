{{ $who ?? "nobody" }}
