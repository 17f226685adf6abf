<?php

declare(strict_types=1);

namespace App\Livewire;

use Illuminate\Contracts\View\View;
use Livewire\Component;

final class Greeting extends Component
{
    public string $name = '';

    public function mount(): void
    {
        $this->name = (string) auth()->user()?->name;
    }

    public function render(): View
    {
        return view('livewire.greeting');
    }
}
